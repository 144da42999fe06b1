namespace Alloc.Bench.Report;

/// <summary>One colour for one thing in every plot.</summary>
internal static class Palette
{
    public static string Of(string name) => name switch
    {
        "RadixTable" or "Rcu" => "#1f7a55",
        "RadixTable, 64 a section" or "Rcu, no batches" => "#7cc4a3",
        "ConcurrentDictionary" => "#3566b0",
        "SortedDictionary" => "#9aa3ad",
        "SemiRcu" => "#c98a1b",
        "SemiRcu, no batches" => "#e8c27a",
        "None" => "#b5483a",
        _ => "#6b5ca5",
    };
}
