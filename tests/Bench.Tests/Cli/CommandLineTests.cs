using Alloc.Bench.Cli;

namespace Alloc.Bench.Tests.Cli;

/// <summary>Runs the real program.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--bogus", "--bogus")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("--pid", "--pid")]
    [InlineData("--pid abc", "abc")]
    [InlineData("--pid -3", "-3")]
    [InlineData("--pid 0", "0")]
    [InlineData("--pid 2147483647", "2147483647")]
    [InlineData("--json /no/such/folder/x.json", "/no/such/folder/x.json")]
    [InlineData("--artifacts /proc/nothing", "/proc/nothing")]
    [InlineData("--json", "--json")]
    [InlineData("--quick --quick=perhaps", "perhaps")]
    [InlineData("compare --n 0", "0")]
    [InlineData("compare --patterns bogus", "bogus")]
    [InlineData("compare --baseline /no/such/file", "/no/such/file")]
    [InlineData("compare --trace /no/such/trace", "/no/such/trace")]
    [InlineData("compare --json /no/such/folder/x.json", "/no/such/folder/x.json")]
    [InlineData("questions --ask nothing", "nothing")]
    [InlineData("targets --n -1", "-1")]
    public void A_bad_argument_gives_one_line_that_names_it_and_exit_code_2(string arguments, string named)
    {
        if (!OperatingSystem.IsLinux() && arguments.Contains('/', StringComparison.Ordinal))
        {
            return;
        }

        var (exit, output, error) = BenchProgram.Run(Path.GetTempPath(), arguments.Split(' '));

        Assert.Equal(ExitCode.BadArguments, exit);
        Assert.Empty(output);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_names_every_option_and_hides_what_is_not_for_users(string argument)
    {
        var (exit, output, error) = BenchProgram.Run(Path.GetTempPath(), argument);

        Assert.Equal(ExitCode.Ok, exit);
        Assert.Empty(error);
        Assert.All((string[])["--pid", "--json", "--quick", "--artifacts", "micro", "compare", "questions", "targets", "rcu", "selfcheck", "Exit codes"], word => Assert.Contains(word, output, StringComparison.Ordinal));
        Assert.DoesNotContain("child-", output, StringComparison.Ordinal);
    }
}
