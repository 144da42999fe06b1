using Alloc.Mutants.Catalog;

namespace Alloc.Mutants;

/// <summary>One bug planted in the real code, and the checks each of which must find it.</summary>
/// <param name="Name">What the bug is, in a few words.</param>
/// <param name="File">The file, from the root of the tree.</param>
/// <param name="Old">Text that stands in the file exactly once.</param>
/// <param name="New">What stands there instead.</param>
/// <param name="Checks">All of them must fail. Bugs of ordering have two of different kinds.</param>
internal sealed record Mutant(string Name, string File, string Old, string New, params Check[] Checks)
{
    /// <summary>Whether a check that does not end counts as a find: only where waiting in vain is what the bug does.</summary>
    public bool MayHang { get; init; }

    public static IReadOnlyList<Mutant> All { get; } = [.. RcuMutants.All, .. NativeMutants.All, .. TableMutants.All, .. FamilyMutants.All];

    /// <summary>The layer whose assembly has to be built anew: the first folder of the path.</summary>
    public string Layer => File[..File.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>The file's text with the bug in it.</summary>
    public string ApplyTo(string text)
    {
        int at = text.IndexOf(Old, StringComparison.Ordinal);
        if (at < 0) throw new MutantException("its text is no longer in the file: mend the catalog");
        if (text.IndexOf(Old, at + 1, StringComparison.Ordinal) >= 0) throw new MutantException("its text stands in the file more than once: mend the catalog");
        return string.Concat(text.AsSpan(0, at), New, text.AsSpan(at + Old.Length));
    }
}

/// <summary>A mutant that could not be tried, or was tried and not found.</summary>
internal sealed class MutantException(string message) : Exception(message);
