namespace Alloc.Bench.Cli;

/// <summary>What the program tells its caller.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>A check of the experiment failed.</summary>
    public const int CheckFailed = 1;

    /// <summary>Bad arguments; one line on the error stream says which.</summary>
    public const int BadArguments = 2;

    /// <summary>No check failed, but one could not decide: that is not a pass.</summary>
    public const int Inconclusive = 3;

    /// <summary>Stopped by Ctrl+C.</summary>
    public const int Cancelled = 130;
}
