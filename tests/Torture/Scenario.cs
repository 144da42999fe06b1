using Alloc.Torture.Scenarios;

namespace Alloc.Torture;

/// <summary>One way to attack the library.</summary>
internal sealed record Scenario(string Name, string What, Action<Arena> Run)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("map-zap", "regions are mapped and zapped by owners with full oracles, beside readers that check each value", MapZap.Run),
        new("nodes", "nodes of every kind change into every other under owners with full oracles and readers", NodeChanges.Run),
        new("duel", "freezing an emptied leaf table against inserting into it", Duels.FreezeAgainstInsert),
        new("split-unlink", "split above a node against unlinking it", Duels.SplitAgainstUnlink),
        new("transitions", "every change from one kind or size of node to another, under fire", Transitions.Run),
        new("increments", "counters by AddOrUpdate in nodes that are replaced all the time", Duels.Increments),
        new("enumerators", "enumerations under reclaim see every permanent key once, in order", TableLoads.Enumerators),
        new("trim", "Trim of table and allocator under load", TableLoads.Trim),
        new("cells", "large values overwritten under readers are never torn", TableLoads.Cells),
        new("limit", "inserts at the memory limit; removals never fail", TableLoads.Limit),
        new("semi-rcu", "SemiRcu without batch pages waits, and nothing is freed early", TableLoads.SemiRcu),
        new("dispose", "tables disposed under load, by Dispose, DisposeAsync and the finalizer", TableLoads.Dispose),
        new("thread-churn", "short threads that die with open slots and deferred frees", RcuLoads.ThreadChurn),
        new("age-pipe", "no section sees an object after a grace period that it was unlinked before", RcuLoads.AgePipe),
        new("nesting", "sections nested one to eight deep protect what the outermost saw", RcuLoads.Nesting),
        new("stalled-reader", "what is deferred under a stalled reader waits for it, and then goes", RcuLoads.StalledReader),
        new("barrier-flood", "barriers from many threads at once run everything deferred before them", RcuLoads.BarrierFlood),
        new("capped-stall", "producers against a cap of 256 MiB while a reader stands still all the time", CallbackLoads.CappedStall),
        new("callback-flood", "producers that defer as fast as they can stay under a small cap", CallbackLoads.FloodUnderCap),
        new("unruly", "callbacks that throw, block, and defer again cost only themselves", CallbackLoads.Unruly),
        new("no-threads", "where no thread can be started the callers carry the work", CallbackLoads.NoThreads),
        new("pages", "pages and blocks that travel between threads keep what was written and come zeroed", PageLoads.Run),
        new("exit", "processes that end at random instants do so at once and without a crash", Child.EndAtRandomInstants),
        new("control", "negative control: without grace periods map-zap and nodes must fail", Control.Run),
    ];
}
