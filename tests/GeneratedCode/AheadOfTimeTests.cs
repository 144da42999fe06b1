namespace Alloc.GeneratedCode.Tests;

/// <summary>
/// Reads what the ahead-of-time compiler makes of the steps whose order the memory model alone does not promise (AsymmetricFence.cs, CacheState.cs), for x64 and, by
/// cross-compilation, for Arm64. The JIT's code is read by the layers' own suites.
/// </summary>
public class AheadOfTimeTests
{
    private const string Methods = "Alloc_CodeProbe_Alloc_CodeProbe_Program__";
    private const string Allocator = "Alloc_Native_Alloc_Native_PageAllocator__";

    public static TheoryData<string> Processors => [Processor.X64.Runtime, Processor.Arm64.Runtime];

    [EachProcessor]
    [MemberData(nameof(Processors))]
    public void The_loads_of_a_section_stay_between_its_announcement_and_its_release(string runtime)
    {
        var processor = Processor.Named(runtime);
        foreach (string method in (string[])["Flat", "Nested"])
        {
            Listing code = Probe.Code(processor, Methods + method);
            List<List<string>> ways = code.WaysWithoutCalls();
            Assert.All(ways, way => Assert.True(IsInOrder(processor, way), $"{method}:\n{code}"));
            // One way for readers that need no fence and have none, one for those that need it and have it between announcement and load.
            List<string>[] fenced = [.. ways.Where(way => way.Exists(processor.Fence.IsMatch))];
            Assert.True(fenced.Length == 1 && ways.Count == 2, $"{method}:\n{code}");
            int fence = fenced[0].FindIndex(processor.Fence.IsMatch);
            Assert.InRange(fence, fenced[0].FindIndex(processor.Announce.IsMatch), fenced[0].FindIndex(processor.ProtectedLoad.IsMatch));
        }
    }

    [EachProcessor]
    [MemberData(nameof(Processors))]
    public void A_load_before_the_announcement_is_seen_by_the_same_reading(string runtime)
    {
        var processor = Processor.Named(runtime);
        Listing code = Probe.Code(processor, Methods + "LoadTooEarly");
        Assert.NotEmpty(code.WaysWithoutCalls());
        Assert.All(code.WaysWithoutCalls(), way => Assert.False(IsInOrder(processor, way), code.ToString()));
    }

    [EachProcessor]
    [MemberData(nameof(Processors))]
    public void Nothing_is_left_of_validation_mode_in_a_program_that_switches_it_off(string runtime)
    {
        string symbols = Probe.Symbols(Processor.Named(runtime));
        Assert.Contains(Allocator + "TakePage", symbols);
        Assert.Contains("Alloc_Rcu_RcuReader__Defer", symbols);
        foreach (string trace in (string[])["DelayHook__PauseSlow", "SectionLedger__Enter", "Alloc_Native_Validation__Delay", "EnterWithLateStore", "Validation__Poison"])
            Assert.DoesNotContain(trace, symbols);
    }

    [EachProcessor]
    [MemberData(nameof(Processors))]
    public void The_owner_of_a_cache_stores_busy_before_he_looks_at_the_claim_and_locks_nothing(string runtime)
    {
        var processor = Processor.Named(runtime);
        foreach (string method in (string[])["TakePage", "TakePageUninitialized", "PutPage", "TakeBlockUninitialized", "PutBlock"])
        {
            Listing code = Probe.Code(processor, Allocator + method);
            List<List<string>> ways = [.. code.WaysWithoutCalls().Where(way => way.Exists(processor.Claim.IsMatch))];
            Assert.NotEmpty(ways);
            foreach (List<string> way in ways)
            {
                int claim = way.FindIndex(processor.Claim.IsMatch), enter = way.FindIndex(processor.Busy.IsMatch), leave = way.FindLastIndex(processor.Busy.IsMatch);
                Assert.True(enter >= 0 && enter < claim && claim < leave, $"{method}:\n{code}");
                Assert.DoesNotContain(way, processor.Fence.IsMatch);
            }
        }
    }

    private static bool IsInOrder(Processor processor, List<string> way)
    {
        int announce = way.FindIndex(processor.Announce.IsMatch), load = way.FindIndex(processor.ProtectedLoad.IsMatch), leave = way.FindLastIndex(processor.Leave.IsMatch);
        return announce >= 0 && announce < load && load < leave;
    }
}
