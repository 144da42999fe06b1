namespace Alloc.Mutants.Catalog;

/// <summary>Bugs of sections, grace periods and deferred frees.</summary>
internal static class RcuMutants
{
    private static readonly Check Torture = Check.Litmus("torture", 20, validation: true);
    private static readonly Check StepOrder = Test("StepOrderTests");

    private static Check Test(string filter) => Check.Test("Rcu.Tests", filter);

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("grace period without the process-wide barrier", "Rcu/AsymmetricFence.cs",
            "else Interlocked.MemoryBarrierProcessWide();", "else Interlocked.MemoryBarrier();",
            Check.Litmus("announce", 5, validation: false), Check.Model("grace_period -DEPOCH -DNO_BARRIER")),
        new("chain stamped before it is taken", "Rcu/Reclaimer.cs",
            """
                    RcuHead* first = domain.Deferrals.TakePushed();
                    if (first == null) return;
                    _newestCookie = domain.Grace.Snapshot();
            """,
            """
                    _newestCookie = domain.Grace.Snapshot();
                    RcuHead* first = domain.Deferrals.TakePushed();
                    if (first == null) return;
            """,
            StepOrder, Check.Model("grace_sharing -DSNAP_FIRST")),
        new("snapshot joins the grace period under way", "Rcu/GracePeriod.cs",
            "return epoch + 1;", "return epoch;",
            Test("A_grace_period_under_way_does_not_count_for_a_later_token"), Check.Model("grace_sharing -DJOIN_CURRENT")),
        new("fence B said to be done before it is", "Rcu/GracePeriod.cs",
            """
                    AsymmetricFence.Heavy(); // fence B: matches fence A in ReaderSlot.Announce
                    SharedWord.RaiseTo(ref _words->Fenced, epoch);
            """,
            """
                    SharedWord.RaiseTo(ref _words->Fenced, epoch);
                    AsymmetricFence.Heavy();
            """,
            StepOrder, Check.Model("grace_coalescing -DFENCED_EARLY")),
        new("no fence between the caller's unlink and the snapshot", "Rcu/GracePeriod.cs",
            "Interlocked.MemoryBarrier(); // the caller's unlink, then the epoch (G1)", "",
            StepOrder, Check.Model("grace_coalescing -DNO_SNAPSHOT_FENCE")),
        new("section left by a plain store", "Rcu/ReaderSlot.cs",
            "Volatile.Write(ref _announced, previous);", "_announced = previous;",
            StepOrder),
        new("thief without a process-wide barrier", "Rcu/DeferQueue.cs",
            "if (!Faults.Is(SeededFault.RudeThief)) AsymmetricFence.Heavy(); // fence F: matches fence E", "",
            StepOrder, Check.Model("defer_queue -DNO_FENCE_F")),
        new("watcher without a process-wide barrier", "Rcu/Watcher.cs",
            "AsymmetricFence.Heavy(); // fence H: matches fence G", "",
            StepOrder, Check.Model("defer_queue -DNO_FENCE_H")),
        new("scan skips the last slot of a chunk", "Rcu/ReaderRegistry.cs",
            "end = slot + chunk.Count; slot < end; slot++)", "end = slot + chunk.Count - 1; slot < end; slot++)",
            Test("A_section_in_any_slot_of_full_chunks_holds_up_a_grace_period")),
        new("one scan that does not wait", "Rcu/GracePeriod.cs",
            "while (!Advance(cookie)) wait.Once();", "Advance(cookie);",
            Test("Synchronize_waits_for_a_section_that_is_open"), Check.Model("grace_period -DEPOCH -DNO_WAIT")),
        new("partial progress one epoch too far", "Rcu/GracePeriod.cs",
            "Math.Min(fenced, domain.Registry.OldestAnnounced())", "Math.Min(fenced, Math.Max(domain.Registry.OldestAnnounced(), domain.Registry.OldestAnnounced() + 1))",
            Test("Synchronize_waits_for_a_section_that_is_open")),
        new("inner section announces its own epoch", "Rcu/RcuReader.cs",
            "slot->Announce(previous != ReaderSlot.Quiescent ? previous : epoch);", "slot->Announce(epoch);",
            Test("An_inner_section_does_not_give_up_what_the_outer_one_protects")),
        new("inner end ends the outer section", "Rcu/ReadSection.cs",
            "else _slot->Leave(_previous);", "else _slot->Leave(ReaderSlot.Quiescent);",
            Test("Nested_sections_end_one_by_one")),
        new("quiescent scope does not step back in", "Rcu/RcuReader.cs",
            """
                    _slot->Announce(SharedWord.Read(&_slot->Domain->Epoch));
                    GC.KeepAlive(_reader);
            """,
            """
                    GC.KeepAlive(_reader);
            """,
            Test("Quiesce_steps_out_of_a_section_and_back")),
        new("thief does not wait for a thread inside a defer", "Rcu/DeferQueue.cs",
            "SharedWord.Read(&slot->Busy) != 0 &&", "SharedWord.Read(&slot->Busy) == ulong.MaxValue &&",
            Torture, Check.Model("defer_queue -DNO_BUSY")),
        new("owner does not look for a thief", "Rcu/DeferQueue.cs",
            "if (SharedWord.Read(&slot->Domain->Stealing) != 0)", "if (SharedWord.Read(&slot->Domain->Stealing) == ClosedBit)",
            Torture, Check.Model("defer_queue -DOWNER_BLIND")) { MayHang = true },
        new("own list cleared before it is pushed", "Rcu/DeferQueue.cs",
            """
                    Push(first, last, held.Count, held.Bytes);
                    // After the push: who finds the list empty finds the chain (Q4), and who finds nothing held back finds it counted.
                    slot->Last = null;
                    SharedWord.Write(&slot->Held.Word, 0);
                    SharedWord.Write((ulong*)&slot->First, 0);
            """,
            """
                    slot->Last = null;
                    SharedWord.Write(&slot->Held.Word, 0);
                    SharedWord.Write((ulong*)&slot->First, 0);
                    Push(first, last, held.Count, held.Bytes);
            """,
            StepOrder, Check.Model("defer_queue -DCLEAR_FIRST")),
        new("watcher sleeps without a second look", "Rcu/Watcher.cs",
            "if (!Faults.Is(SeededFault.NoRecheck)", "if (Faults.Is(SeededFault.NoRecheck)",
            Torture, Check.Model("defer_queue -DNO_RECHECK")),
        new("callbacks of a thread that ended are lost", "Rcu/DeferQueue.cs",
            """
                    PushOwn(slot);
                    WakeIfUnwatched(slot);
                }
            """,
            """
                    slot->First = null;
                    WakeIfUnwatched(slot);
                }
            """,
            Test("A_dead_thread_gives_up_its_slot_and_its_heads_also_inside_a_section")) { MayHang = true },
        new("section of a thread that ended stays open", "Rcu/ReaderRegistry.cs",
            "record.Slot->Leave(ReaderSlot.Quiescent);", "",
            Test("A_dead_thread_gives_up_its_slot_and_its_heads_also_inside_a_section")) { MayHang = true },
        new("slot of a live thread outside sections is given away", "Rcu/ReaderRegistry.cs",
            "if (record.Owner.IsAlive &&", "if (record.Owner.IsAlive && record.Slot->Own != ReaderSlot.Quiescent &&",
            Torture),
        new("head cleared after its callback", "Rcu/Reclaimer.cs",
            """
                        head->Clear(); // P4
                        _rest = next;
                        _run = ++run;
                        _runBytes = bytes;
                        if ((nint)callback >= 0) callback(head);
            """,
            """
                        _rest = next;
                        _run = ++run;
                        _runBytes = bytes;
                        if ((nint)callback >= 0) { callback(head); head->Clear(); }
            """,
            Test("A_head_that_is_queued_is_refused_and_may_be_deferred_again_by_its_callback")) { MayHang = true },
        new("callback that throws takes the rest of its chain along", "Rcu/Reclaimer.cs",
            "_failed.Add(1);", "_failed.Add(1); _rest = null;",
            Test("A_callback_that_throws_in_the_middle_of_a_chain_costs_only_itself")) { MayHang = true },
        new("Barrier forgets what other threads hold back", "Rcu/Reclaimer.cs",
            "if (!Faults.Is(SeededFault.ForgetHeldBack)) domain.Deferrals.Steal(thorough);", "",
            Test("Barrier_returns_after_all_callbacks_deferred_before_it")) { MayHang = true },
        new("chain counts as finished when it begins", "Rcu/Reclaimer.cs",
            """
                    _rest = _chains.RemoveOldest();
            """,
            """
                    _finished.Add(1);
                    _rest = _chains.RemoveOldest();
            """,
            Torture),
        new("cap of pending heads off by one", "Rcu/CapacityGate.cs",
            "&& pendingCount < Math.Max(1, options.MaxPendingCount);", "&& pendingCount <= Math.Max(1, options.MaxPendingCount);",
            Test("A_cap_of_heads_accepts_just_so_many_under_a_stalled_reader")),
        new("bytes of a head settled twice", "Rcu/Reclaimer.cs",
            "bytes += size;", "bytes += 2 * size;",
            Torture),
        new("size of a head rounded down", "Rcu/RcuHead.cs",
            "ulong mantissa = (bytes + (1UL << exponent) - 1) >> exponent;", "ulong mantissa = bytes >> exponent;",
            Test("Sizes_are_exact_for_pages_and_never_rounded_down")),
        new("domain disposed although a lease is out", "Rcu/DomainLease.cs",
            "if (_out.Count != 0)", "if (_out.Count < 0)",
            Test("Dispose_runs_what_is_deferred_and_throws_while_a_lease_is_out")),
        new("token of another domain accepted", "Rcu/RcuDomain.Waiting.cs",
            "if (token.Domain != Id && token.Cookie != 0)", "if (token.Domain == 0 && token.Cookie != 0)",
            Test("The_token_of_another_domain_is_refused")),
        new("waiting inside a section is not refused", "Rcu/RcuDomain.Waiting.cs",
            "if (IsInSection) throw new InvalidOperationException(\"Waiting for a grace period inside a section of the same domain would never end.\");", "",
            Test("Waiting_inside_a_section_throws_at_once")) { MayHang = true },
    ];
}
