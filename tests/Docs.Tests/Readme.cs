using System.Text.RegularExpressions;

namespace Alloc.Docs.Tests;

/// <summary>The README of this checkout, found from this file's own place.</summary>
internal static class Readme
{
    public static readonly string Root = FindRoot();

    public static readonly string Text = File.ReadAllText(Path.Combine(Root, "README.md"));

    public static readonly IReadOnlyList<string> Snippets =
        [.. Regex.Matches(Text, "```csharp\r?\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Alloc.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException("The tests run outside a checkout of the repository.");
    }
}
