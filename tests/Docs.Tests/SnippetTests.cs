using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Alloc.Docs.Tests;

/// <summary>Every C# block of the README is a whole program: it compiles without a warning and runs.</summary>
public class SnippetTests
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading;";

    public static TheoryData<int> Snippets
    {
        get
        {
            var numbers = new TheoryData<int>();
            for (int i = 0; i < Readme.Snippets.Count; i++) numbers.Add(i);
            return numbers;
        }
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public void A_snippet_of_the_README_compiles_and_runs(int number)
    {
        string source = Readme.Snippets[number];
        var compilation = CSharpCompilation.Create(
            $"Snippet{number}",
            [CSharpSyntaxTree.ParseText(source), CSharpSyntaxTree.ParseText(ImplicitUsings)],
            References(),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        Assert.Empty(emitted.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()));

        image.Position = 0;
        Assembly program = AssemblyLoadContext.Default.LoadFromStream(image);
        TextWriter console = Console.Out;
        var written = new StringWriter();
        Console.SetOut(written);
        try
        {
            program.EntryPoint!.Invoke(null, program.EntryPoint.GetParameters().Length == 0 ? null : [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(console);
        }
        Assert.NotEqual("", written.ToString());
    }

    [Fact]
    public void The_first_example_of_the_README_has_about_ten_lines()
    {
        Assert.InRange(Readme.Snippets[0].Split('\n').Count(line => line.Trim().Length > 0), 5, 12);
    }

    [Fact]
    public void The_README_names_the_test_command_that_the_continuous_run_takes_from_it()
    {
        Assert.Contains("`dotnet test Alloc.sln -c Release`", Readme.Text, StringComparison.Ordinal);
        Assert.Contains("`dotnet run -c Release --project Bench`", Readme.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_that_the_README_links_to_exists()
    {
        foreach (Match link in Regex.Matches(Readme.Text, @"\]\((?!http)([^)#]+)"))
        {
            string path = Path.Combine(Readme.Root, link.Groups[1].Value);
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{link.Groups[1].Value} does not exist");
        }
    }

    private static IEnumerable<MetadataReference> References()
    {
        var trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return trusted.Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
    }
}
