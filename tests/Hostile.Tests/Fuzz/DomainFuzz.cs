using System.Runtime.InteropServices;
using Alloc.Rcu;
using CsCheck;

namespace Alloc.Hostile.Tests.Fuzz;

/// <summary>Random sequences of sections, deferred calls, tokens and waits on one thread, against what they promise.</summary>
/// <remarks>
/// The oracle knows when each section began and each call was deferred. A call may not come while a section is open that was open when it was
/// deferred; nor may a token elapse. After a barrier every call has come, once; a wait inside a section throws.
/// </remarks>
public sealed unsafe class DomainFuzz : IDisposable
{
    private const int Kinds = 14;

    private readonly List<nint> _memory = [];

    [StructLayout(LayoutKind.Sequential)]
    private struct Item
    {
        public RcuHead Head;
        public long Calls;
    }

    public void Dispose()
    {
        foreach (nint item in _memory) NativeMemory.Free((void*)item);
    }

    [Theory]
    [InlineData(ReclaimerMode.Inline, false)]
    [InlineData(ReclaimerMode.Inline, true)]
    [InlineData(ReclaimerMode.Background, true)]
    public void Random_operations_keep_every_promise_of_a_domain(ReclaimerMode mode, bool capped)
    {
        Gen.Select(Gen.Int[0, Kinds - 1], Gen.Int[0, 1000]).Array[0, 200].Sample(ops =>
        {
            using var domain = new RcuDomain(new RcuDomainOptions
            {
                Mode = mode,
                MaxPendingCount = capped ? 20 : long.MaxValue,
                BackPressure = (BackPressurePolicy)(ops.Length % 3),
                AssistCount = ops.Length % 7,
            });
            Run(domain, ops);
        }, iter: TestScale.Of(150), threads: 1);
    }

    // Sections are ref structs, so they nest as calls do: a section is open until the recursion returns.
    private void Run(RcuDomain domain, (int Kind, int Number)[] ops)
    {
        var state = new State(domain, ops);
        using RcuReader reader = domain.Register();
        while (state.At < ops.Length) Step(state, reader);
        domain.Barrier();
        foreach (nint item in state.Deferred) Assert.Equal(1, ((Item*)item)->Calls);
        Assert.Equal(state.ManagedDeferred, state.ManagedCalled);
        foreach ((GracePeriodToken token, _) in state.Tokens) domain.Wait(token);
        foreach ((GracePeriodToken token, _) in state.Tokens) Assert.True(domain.HasElapsed(token));
        Assert.Equal((0L, 0L), (domain.GetStatistics().PendingCount, domain.GetStatistics().PendingBytes));
    }

    private sealed class State(RcuDomain domain, (int Kind, int Number)[] ops)
    {
        public readonly RcuDomain Domain = domain;
        public readonly (int Kind, int Number)[] Ops = ops;
        public readonly List<nint> Deferred = [];

        /// <summary>How many items had been deferred when the outermost open section began (or was refreshed); none later may have come.</summary>
        public readonly List<(GracePeriodToken Token, bool Inside)> Tokens = [];
        public int At, Depth, ManagedDeferred, ManagedCalled, DeferredBefore;
    }

    private void Step(State s, RcuReader reader)
    {
        (int kind, int number) = s.Ops[s.At++];
        switch (kind)
        {
            case 0 or 1 when s.Depth < 8:
                if (s.Depth == 0) Begin(s);
                s.Depth++;
                using (ReadSection section = kind == 0 ? reader.Enter() : s.Domain.Enter())
                {
                    Assert.True(s.Domain.IsInSection && section.IsActiveIn(s.Domain));
                    for (int i = number % 12; i > 0 && s.At < s.Ops.Length; i--) Step(s, reader);
                    if (number % 5 == 0 && section.Refresh())
                    {
                        Assert.Equal(1, s.Depth);
                        Begin(s);
                    }
                }
                s.Depth--;
                break;
            case 2 or 3 or 4:
                Item* item = (Item*)NativeMemory.AllocZeroed((nuint)sizeof(Item));
                _memory.Add((nint)item);
                nuint bytes = (nuint)number * (nuint)number;
                if (kind == 2) s.Domain.Defer(&item->Head, &Call, bytes);
                else if (kind == 3) reader.Defer(&item->Head, &Call, bytes);
                else if (!s.Domain.TryDefer(&item->Head, &Call, bytes)) break;
                s.Deferred.Add((nint)item);
                break;
            case 5 or 6:
                if (s.Domain.TryDefer(static state => ((State)state!).ManagedCalled++, s)) s.ManagedDeferred++;
                break;
            case 7:
                s.Domain.Poll();
                break;
            case 8:
                s.Tokens.Add((s.Domain.GetToken(), s.Depth > 0));
                break;
            case 9 when s.Tokens.Count > 0:
                s.Domain.HasElapsed(s.Tokens[number % s.Tokens.Count].Token);
                break;
            case 10:
                if (s.Depth > 0) Assert.Throws<InvalidOperationException>(s.Domain.Synchronize);
                else s.Domain.Synchronize();
                break;
            case 11:
                if (s.Depth > 0)
                {
                    Assert.Throws<InvalidOperationException>(s.Domain.Barrier);
                    break;
                }
                s.Domain.Barrier();
                foreach (nint deferred in s.Deferred) Assert.Equal(1, ((Item*)deferred)->Calls);
                break;
            case 12 when s.Depth > 0 && number % 4 == 0:
                using (reader.Quiesce())
                {
                    Assert.False(s.Domain.IsInSection);
                    if (number % 8 == 0) s.Domain.Synchronize();
                }
                Assert.True(s.Domain.IsInSection);
                Begin(s);
                break;
            case 13:
                // Inside a section it answers only where there is room.
                if (s.Depth == 0) s.Domain.WaitForCapacity(0, TimeSpan.FromMilliseconds(1));
                else if (Record.Exception(() => s.Domain.WaitForCapacity(0, TimeSpan.Zero)) is { } thrown) Assert.IsType<InvalidOperationException>(thrown);
                break;
        }
        CheckProtection(s);
    }

    // What is deferred from here on must wait for this section.
    private static void Begin(State s)
    {
        s.DeferredBefore = s.Deferred.Count;
        s.Tokens.RemoveAll(t => t.Inside);
    }

    private static void CheckProtection(State s)
    {
        if (s.Depth == 0) return;
        for (int i = s.DeferredBefore; i < s.Deferred.Count; i++) Assert.Equal(0, ((Item*)s.Deferred[i])->Calls);
        foreach ((GracePeriodToken token, bool inside) in s.Tokens)
        {
            if (inside) Assert.False(s.Domain.HasElapsed(token));
        }
    }

    private static void Call(RcuHead* head) => ((Item*)head)->Calls++;
}
