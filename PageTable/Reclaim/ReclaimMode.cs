namespace Alloc.PageTable;

/// <summary>What becomes of tables that an operation has emptied or replaced.</summary>
/// <remarks>The modes carry the question of Linux's page-table freeing (v6.14) into the library, so that it can be measured here.</remarks>
public enum ReclaimMode
{
    /// <summary>They are freed after a grace period, and nobody waits for it: in batches, or each by its own head.</summary>
    Rcu,

    /// <summary>Batches are freed after a grace period; what gets no batch page waits for one on the spot, outside any section.
    /// This is how Linux freed page tables before the series; it exists to be compared with.</summary>
    SemiRcu,

    /// <summary>Emptied tables stay until the table is disposed.</summary>
    None,
}
