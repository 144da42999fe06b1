namespace Alloc.Bench.Report;

/// <summary>One colour for one thing in every plot.</summary>
internal static class Palette
{
    public static string Of(string name) => name switch
    {
        "RadixTable" or "Rcu" => "#1f7a55",
        "RadixTable, through a reader" => "#4aa27c",
        "RadixTable, 64 a section" or "Rcu, no batches" => "#7cc4a3",
        "ConcurrentDictionary" => "#3566b0",
        "ConcurrentDictionary, presized" => "#7ba3dc",
        "SortedDictionary" => "#9aa3ad",
        "NonBlocking" => "#6b5ca5",
        "Dictionary + ReaderWriterLockSlim" => "#b89bd6",
        "FasterKV" => "#d0739c",
        "flat array" => "#15181d",
        "Judy (C)" => "#c98a1b",
        "liburcu rculfhash (C)" => "#b5483a",
        "SemiRcu" => "#c98a1b",
        "SemiRcu, no batches" => "#e8c27a",
        "None" => "#b5483a",
        _ => "#8a5a3c",
    };
}
