namespace Alloc.PageTable;

/// <summary>The kinds of nodes that a child word can name.</summary>
internal enum NodeKind
{
    /// <summary>Child words: up to 512 of them in a page, or 64, 128 or 256 in a block.</summary>
    Directory,

    /// <summary>A page of 512 value words, one for each key of an aligned block.</summary>
    LeafTable,

    /// <summary>Value words of a window of neighbouring keys, at any base.</summary>
    Run,

    /// <summary>Hashed pairs of key and value word.</summary>
    Bucket,
}
