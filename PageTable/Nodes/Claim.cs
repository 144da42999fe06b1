namespace Alloc.PageTable;

/// <summary>What a writer's search in a terminal node came to.</summary>
internal enum Claim
{
    /// <summary>The key has a value word, perhaps an absent or a frozen one.</summary>
    Found,

    /// <summary>The node has no place for the key.</summary>
    Absent,

    /// <summary>The node cannot take the key: a window that does not reach it, or too few free lanes. A larger one is due.</summary>
    Crowded,

    /// <summary>The node is being frozen and has no place for the key any more: help (F4).</summary>
    Frozen,
}
