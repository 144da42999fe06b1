namespace Alloc.Mutants.Catalog;

/// <summary>Bugs of pages, blocks, caches and limits.</summary>
internal static class NativeMutants
{
    private static Check Test(string filter) => Check.Test("Native.Tests", filter);

    private static readonly Check Validated = Test("The_stress_holds_in_validation_mode");

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("owner looks at the claim before he says busy", "Native/CacheState.cs",
            """
                    SharedWord.Store(&cache->_busy, 1); // fence A, matches B in CacheRegistry.FenceB
                    if (SharedWord.Load(&cache->_claim) == (int)CacheClaim.Open)
                        return true;
            """,
            """
                    bool open = SharedWord.Load(&cache->_claim) == (int)CacheClaim.Open;
                    SharedWord.Store(&cache->_busy, 1);
                    if (open)
                        return true;
            """,
            Validated, Test("The_owner_stores_busy_before_he_looks_at_the_claim")),
        new("sweeper does not wait for the owner", "Native/CacheState.cs",
            "SharedWord.Load(ref _busy) != 0; round++)", "SharedWord.Load(ref _busy) > 1; round++)",
            Validated, Test("A_claim_waits_until_the_owner_has_left")),
        new("heads of the depot without a tag", "Native/Depot.cs",
            "Validation.LeftOut == LeftOut.DepotTag ? number : (((head >> IndexBits) + 1) << IndexBits) | number;", "number;",
            Validated),
        new("page taken by load and store", "Native/Chunk.cs",
            "if (Validation.LeftOut != LeftOut.AtomicTake)", "if (Validation.LeftOut == LeftOut.AtomicTake)",
            Validated),
        new("chunk given back with pages out of its last word", "Native/Chunk.cs",
            """
                    for (int w = 0; w < Words; w++)
                    {
                        if (Free(w) == Usable(w) &&
            """,
            """
                    for (int w = 0; w < Words - 1; w++)
                    {
                        if (Free(w) == Usable(w) &&
            """,
            Validated),
        new("dirty page handed out as zero", "Native/PageAllocator.Slow.cs",
            "new Span<byte>(address, Page.Size).Clear();", "dirty = true;",
            Test("Every_page_is_zero_whatever_it_was_before")),
        new("freed pages returned as zero", "Native/PageAllocator.Slow.cs",
            "_heap.Return(pages, dirty: !zero);", "_heap.Return(pages, dirty: false);",
            Test("PageTests")),
        new("owner words of a freed page not cleared", "Native/PageAllocator.cs",
            "descriptor->ClearOwnerWords();", "",
            Test("An_uninitialised_page_has_zero_owner_words_too")),
        new("double free of a page accepted", "Native/PageAllocator.cs",
            "descriptor->Tag != _liveTag || !CacheState.TryEnter(cache)", "!CacheState.TryEnter(cache)",
            Test("A_double_free_is_refused_and_loses_nothing")),
        new("double free of a block accepted", "Native/PageAllocator.Blocks.cs",
            """
                    if (sizeClass < 0 || *(ulong*)block == MarkOf(block))
                    {
                        ThrowForBlock(block);
            """,
            """
                    if (sizeClass < 0)
                    {
                        ThrowForBlock(block);
            """,
            Test("A_block_freed_twice_is_refused_wherever_it_lies")),
        new("middle of a block taken for its start", "Native/SizeClasses.cs",
            "offset * Reciprocal < Reciprocal && offset < End;", "offset < End;",
            Test("No_place_inside_a_block_of_any_class_is_taken_for_one")),
        new("limit off by one page", "Native/Ledger.cs",
            "Math.Min(wanted, max - seen)", "Math.Min(wanted, max - seen + 1)",
            Test("A_limit_gives_exactly_its_pages")),
        new("budget not given back what one allocator refused itself", "Native/Ledger.cs",
            "budget?.Release(pages);", "",
            Test("A_budget_is_shared_to_the_last_page")),
        new("reserved page does not come back to the reserve", "Native/PageAllocator.Slow.cs",
            "if ((tag & 0xff) == PageTag.LiveReserved)", "if ((tag & 0xff) == PageTag.Slab)",
            Test("The_reserve_serves_where_the_limit_refuses_and_fills_again")),
        new("wrong half of a stack moves on", "Native/CacheStack.cs",
            "entries[count..].CopyTo(entries);", "",
            Test("Threads_that_trade_pages_and_blocks_never_get_one_that_is_out")),
        new("cache of a live thread adopted", "Native/CacheRegistry.cs",
            "if (candidate.Owner is { IsAlive: false } &&", "if (candidate.Owner is not null &&",
            Validated),
        new("span takes one page less than it hands out", "Native/ChunkHeap.cs",
            "ulong mask = ((1UL << pages) - 1) << BitOperations.TrailingZeroCount(start);", "ulong mask = ((1UL << Math.Max(1, pages - 1)) - 1) << BitOperations.TrailingZeroCount(start);",
            Test("Blocks_are_zero_aligned_and_disjoint")),
        new("quarantine looks at the first word only", "Native/Quarantine.cs",
            "int at = words[1..].IndexOfAnyExcept(Pattern);", "int at = words[1..1].IndexOfAnyExcept(Pattern);",
            Test("A_write_into_a_freed_page_is_found")),
        new("allocator disposed although a lease is out", "Native/AllocatorLease.cs",
            "if (_leases.Count > 0)", "if (_leases.Count < 0)",
            Test("Dispose_is_refused_while_a_lease_is_out_and_changes_nothing")),
    ];
}
