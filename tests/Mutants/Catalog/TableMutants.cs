namespace Alloc.Mutants.Catalog;

/// <summary>Bugs of the tree: freeze, copy, swing; the walks; what is retired.</summary>
internal static class TableMutants
{
    private static Check Test(string filter) => Check.Test("PageTable.Tests", filter);

    private static Check Validated(string filter) => Check.Test("Validated.Tests", filter);

    // With one preemption less than in the suite.
    private static readonly Check Explorer = Check.Test("Validated.Tests", "ExplorationTests", ("ALLOC_TEST_SCALE", "0.5"));

    private static Check Hostile(string filter) => Check.Test("Hostile.Tests", filter);

    private static readonly Check Fuzz = Hostile("TableFuzzTests");
    private static readonly Check Duel = Check.Torture("duel");

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("freeze by store", "PageTable/Words/SharedWord.cs",
            "if (Interlocked.CompareExchange(ref *Location, word | mark, word) == word) return word | mark;",
            "Volatile.Write(ref *Location, word | mark); return word | mark;",
            Duel, Check.Model("freeze_swing -DS3 -DVAR=0 -DFREEZE_BY_STORE")),
        new("freeze pass skips the last word of a window", "PageTable/Nodes/Window.cs",
            """
                    for (int i = 0; i < Count; i++)
                    {
                        ulong word = this[i].Freeze(
            """,
            """
                    for (int i = 0; i < Count - 1; i++)
                    {
                        ulong word = this[i].Freeze(
            """,
            Validated("F2_when_the_pass_is_done_no_word_of_the_node_can_change"), Check.Model("freeze_swing -DS3 -DVAR=0 -DSKIP_LAST_LANE")),
        new("free lane of a bucket not frozen", "PageTable/Nodes/Bucket.cs",
            "key = KeyLane(lane).FreezeLane(Empty, Frozen);", "if (key == Empty) return Frozen;",
            Explorer, Duel),
        new("value of a lane not frozen", "PageTable/Nodes/Bucket.cs",
            "ulong word = ValueLane(lane).Freeze(ValueWord.FrozenBit);", "ulong word = ValueLane(lane).Read();",
            Explorer, Check.Model("freeze_swing -DS3 -DVAR=0 -DNO_VALUE_FREEZE")),
        new("a line looked at twice for one claim", "PageTable/Nodes/Bucket.cs",
            "ulong free = Matches(lanes, Empty);", "ulong free = Matches(SharedWord.ReadLine(line), Empty);",
            Explorer),
        new("lane claimed by store", "PageTable/Nodes/Bucket.cs",
            "new SharedWord(line + word).CompareExchange(Empty, key);", "new SharedWord(line + word).Exchange(key);",
            Explorer),
        new("lanes claimed in another order by every second thread", "PageTable/Nodes/Bucket.cs",
            "            int word = BitOperations.TrailingZeroCount(free);\n",
            """
                        int word = (Environment.CurrentManagedThreadId & 1) == 0 ? BitOperations.TrailingZeroCount(free) : BitOperations.Log2(free);

            """,
            Explorer, Check.Model("freeze_swing -DS1 -DVAR=0 -DCLAIM_ANY_LANE")),
        new("insert that grows a node takes its page from the reserve", "PageTable/Structure/RadixTree.cs",
            "if (!gather.TryHoldSpareWithinLimits()) return MutationStatus.NoMemory;", "if (!gather.TryHoldSpare()) return MutationStatus.NoMemory;",
            Test("Inserts_take_nothing_beyond_MaxBytes")),
        new("directory not frozen before it is given up", "PageTable/Nodes/DirectoryTable.cs",
            "var word = new ChildWord(this[i].Freeze(ChildWord.FrozenBit)).Unfrozen;", "var word = new ChildWord(this[i].Read()).Unfrozen;",
            Validated("F2_when_the_pass_over_a_directory_is_done_no_slot_of_it_can_change"), Check.Torture("split-unlink")),
        new("copied directory keeps the marks", "PageTable/Nodes/DirectoryTable.cs",
            "copy.Origin[i] = Origin[i] & ~ChildWord.FrozenBit;", "copy.Origin[i] = Origin[i];",
            Check.Torture("split-unlink")) { MayHang = true },
        new("copy of a window keeps the marks", "PageTable/Nodes/Window.cs",
            "content.Add(FirstKey + (uint)i, ValueWord.Unfrozen(word));", "content.Add(FirstKey + (uint)i, word);",
            Validated("F5_"), Explorer) { MayHang = true },
        new("look at an emptied window stops at its first line", "PageTable/Nodes/Window.cs",
            "return LooksEmpty(line, Math.Min(Count, line + Geometry.WordsPerLine)) && LooksEmpty(0, line) && LooksEmpty(line, Count);",
            "return LooksEmpty(line, Math.Min(Count, line + Geometry.WordsPerLine));",
            Test("NoMemoryTests")) { MayHang = true },
        new("swing by store", "PageTable/Structure/Replacement.cs",
            "if (!path.Slot.TryChange(old.Bits, successor.Bits)) return false;", "path.Slot.Exchange(successor.Bits);",
            Explorer, Check.Model("freeze_swing -DS3 -DVAR=0 -DPLAIN_SWING")),
        new("loser retires too", "PageTable/Structure/Replacement.cs",
            """
                    if (!path.Slot.TryChange(old.Bits, successor.Bits)) return false;
                    gather.Add(old);
            """,
            """
                    gather.Add(old);
                    if (!path.Slot.TryChange(old.Bits, successor.Bits)) return false;
            """,
            Explorer, Check.Model("freeze_swing -DS3 -DVAR=0 -DLOSER_RETIRES")),
        new("who lost a swing does not come back for what he froze", "PageTable/Structure/Replacement.cs",
            "if (lost && !SeeThrough(tree, route, ref path, ref gather)) gather.Owe(route, route);", "",
            Validated("F12_"), Explorer),
        new("emptied directories stay", "PageTable/Structure/Replacement.cs",
            "outcome == Outcome.WonEmpty && Climb(tree, route, ref path, ref gather);", "false;",
            Test("NoMemoryTests"), Check.Model("freeze_swing -DS5 -DVAR=6 -DNO_CLIMB")),
        new("cells that a copy does not carry on are forgotten", "PageTable/Structure/Replacement.cs",
            "if (edited == MutationStatus.Applied) Complete(tree, ref content, ref edit, ref gather);",
            "if (edited == MutationStatus.Applied && edit.Kind == MutationKind.RemoveRange) Complete(tree, ref content, ref edit, ref gather);",
            Duel),
        new("helper does not draw on the reserve", "PageTable/Reclaim/TableGather.cs",
            "if (!own || _spares.Count == 0) return _heap.Pages.TryAllocateReserved(out page);", "if (!own || _spares.Count == 0) return _heap.Pages.TryAllocate(out page);",
            Validated("Others_finish_while_a_thread_stands_still_at_any_step_when")) { MayHang = true },
        new("reader takes a frozen value for absent", "PageTable/Structure/Lookup.cs",
            "return SharedWord.Read(slots, key & Geometry.IndexMask);", "return SharedWord.Read(slots, key & Geometry.IndexMask) is var found && ValueWord.IsFrozen(found) ? 0 : found;",
            Explorer, Check.Model("freeze_swing -DS3 -DVAR=0 -DREADER_FROZEN_ABSENT")),
        new("skip not verified at the leaf table", "PageTable/Structure/Lookup.cs",
            "if ((passed & ChildWord.SkipBit) != 0 && IsForeign(slots, key)) return ValueWord.Absent;", "",
            Fuzz),
        new("skipped zeros not compared at the root", "PageTable/Structure/Lookup.cs",
            "if (key >> ((int)word + Geometry.BitsPerTable) != 0) return ChildWord.Empty.Bits;", "",
            Fuzz),
        new("split above leaves the marks of the node below as they were", "PageTable/Structure/SplitAbove.cs",
            "below.MovedTo(shift).Bits;", "below.Bits;",
            Fuzz, Explorer),
        new("split above by store", "PageTable/Structure/SplitAbove.cs",
            "if (path.Slot.TryChange(below.Bits, above.Bits))", "if (path.Slot.Exchange(above.Bits) != 0)",
            Check.Torture("split-unlink"), Explorer),
        new("range removal runs over the last key", "PageTable/Structure/RadixTree.Ranges.cs",
            """
                                    more = end < last;
                                    at = end + 1;
            """,
            """
                                    at = end + 1;
                                    more = at <= last;
            """,
            Fuzz) { MayHang = true },
        new("cursor believes a marked value", "PageTable/Ordered/RadixTable.Cursor.cs",
            """
                            ulong word = new SharedWord(_words + index).Read();
                            if (!ValueWord.IsFrozen(word) && TryRead(word, out value)) return true;
            """,
            """
                            ulong word = new SharedWord(_words + index).Read();
                            if (TryRead(word, out value)) return true;
            """,
            Test("CursorTests")),
        new("removed word of a range counted where it was absent", "PageTable/Structure/RadixTree.cs",
            "if (ValueWord.IsAbsent(word)) return;", "if (word == ValueWord.FrozenAbsent) return;",
            Test("OracleTests")),
        new("overwritten cell not retired", "PageTable/Structure/RadixTree.cs",
            "if (ValueWord.IsCell(m.OldWord)) gather.Add(ValueWord.Cell(m.OldWord));", "",
            Test("OracleTests")) { MayHang = true },
        new("a reader adds to whatever tally comes first", "PageTable/Structure/EntryCounter.cs",
            "if (_owner == reader && ", "if (_owner != 0 && ",
            Check.Test("PageTable.Tests", "EntryCounterTests")),
        new("insert not counted", "PageTable/Structure/RadixTree.cs",
            """
                    m.OldWord = ValueWord.Absent;
                    _count.Add(gather.ReaderId, 1);
            """,
            """
                    m.OldWord = ValueWord.Absent;
            """,
            Test("OracleTests")),
        new("update compares addresses of cells", "PageTable/Operations/Mutation.cs",
            "if (ExpectedBits == null) return present == ExpectedWord;", "if (ExpectedBits != null || ExpectedBits == null) return present == ExpectedWord;",
            Hostile("A_value_replaced_while_the_comparer_runs_is_not_overwritten")),
        new("condition not looked at on frozen content", "PageTable/Structure/RadixTree.cs",
            """
                        if (!m.Accepts(m.OldWord))
                        {
            """,
            """
                        if (!ValueWord.IsFrozen(word) && !m.Accepts(m.OldWord))
                        {
            """,
            Validated("F3_a_condition_that_fails_on_frozen_content_is_answered_at_once")),
        new("batch freed without a grace period", "PageTable/Reclaim/TableBatch.cs",
            "heap.Domain.Defer(NodePage.Head(_page), &FreeAll, bytes);", "FreeAll(NodePage.Head(_page));",
            Check.Torture("stalled-reader"), Check.Model("freeze_swing -DS3 -DVAR=0 -DNO_RCU")),
        new("first item of a batch freed twice", "PageTable/Reclaim/NodeHeap.cs",
            "Pages.FreeMany(addresses);", "nuint again = addresses[0]; Pages.FreeMany(addresses); Pages.FreeMany([again]);",
            Test("ReclaimModeTests")) { MayHang = true },
        new("single freed without a grace period", "PageTable/Reclaim/TableGather.cs",
            "for (int i = 0; i < _count; i++) _heap.Defer(_singles[i]);", "for (int i = 0; i < _count; i++) _heap.Free(_singles[i]);",
            Check.Torture("cells")) { MayHang = true },
        new("SemiRcu frees before it has waited", "PageTable/Reclaim/TableGather.cs",
            """
                        _heap.Domain.Synchronize();
                    }
            """,
            """
                    }
            """,
            Check.Torture("semi-rcu")),
        new("disposal does not wait for readers", "PageTable/Reclaim/TableTeardown.cs",
            "        heap.Domain.Synchronize();\n", "",
            Test("A_table_waits_for_a_reader_that_is_inside")),
        new("disposed table answers that a key is absent", "PageTable/RadixTable.Lookup.cs",
            "if (_root.Read() == ChildWord.Disposed.Bits) ThrowHelper.ThrowDisposed();", "",
            Test("Every_member_of_a_disposed_table_throws_but_ToString_and_Dispose")),
        new("enumeration skips the rest of a node", "PageTable/Ordered/RadixTable.Scan.cs",
            "ulong done = full ? keys[count - 1] : isUp ? walk.LastKey : walk.FirstKey;", "ulong done = isUp ? walk.LastKey : walk.FirstKey;",
            Test("EnumerationTests")),
        new("section of a foreign domain accepted", "PageTable/RadixTable.Lookup.cs",
            "if (!section.IsActiveIn(_domain)) ThrowHelper.ThrowForeignSection();", "",
            Test("Lookups_may_share_a_section_and_a_wrong_section_throws")),
    ];
}
