using Alloc.Rcu;

namespace Alloc.Hostile.Tests.Misuse;

internal static unsafe class RcuUses
{
    private const string D = "RcuDomain.", R = "RcuReader.";

    public static IReadOnlyList<Use> All { get; } =
    [
        new Use(D + "ctor(RcuDomainOptions)", _ => new RcuDomain().Dispose()).Always(),
        new Use(D + "get_Default()", _ => Assert.NotNull(RcuDomain.Default)).Always(),
        new Use(D + "add_Stalled(EventHandler<StallReportEventArgs>)", s => s.Domain.Stalled += static (_, _) => { }).Always(),
        new Use(D + "remove_Stalled(EventHandler<StallReportEventArgs>)", s => s.Domain.Stalled -= static (_, _) => { }).Always(),
        new Use(D + "add_CallbackFailed(EventHandler<CallbackFailedEventArgs>)", s => s.Domain.CallbackFailed += static (_, _) => { }).Always(),
        new Use(D + "remove_CallbackFailed(EventHandler<CallbackFailedEventArgs>)", s => s.Domain.CallbackFailed -= static (_, _) => { }).Always(),
        new Use(D + "get_Name()", s => Assert.NotEmpty(s.Domain.Name)).Always(),
        new Use(D + "get_ReadersAreFenced()", _ => Assert.Equal(RcuDomain.ReadersAreFenced, RcuDomain.ReadersAreFenced)).Always(),
        new Use(D + "get_IsInSection()", s => _ = s.Domain.IsInSection).Always(),
        new Use(D + "get_CanWait()", s => _ = s.Domain.CanWait).Always(),
        new Use(D + "get_HasCapacity()", s => _ = s.Domain.HasCapacity).Always(),
        // Noticed on a thread's first section only, as documented: the check would cost every section.
        new Use(D + "Enter()", s => s.Domain.Enter().Dispose()).MayAnswerDisposed(),
        new(D + "Register()", s => s.Domain.Register().Dispose()),
        new Use(D + "GetStatistics()", s => _ = s.Domain.GetStatistics()).Always(),
        new(D + "Lease(String)", s => s.Domain.Lease("a use").Dispose()),
        new Use(D + "Dispose()", s =>
        {
            s.DomainLease.Dispose();
            s.Other.Domain.Dispose();
        }) { Disposed = null }.Waits(),
        new(D + "Defer(RcuHead*,callback,UIntPtr)", s => s.Domain.Defer(s.NewHead(), Site.Count, 64)),
        new(D + "Defer(RcuHead*,RcuCallback*,UIntPtr)", s => s.Domain.Defer(s.NewHead(), s.Callback, 64)),
        new Use("RcuCallback.ctor(callback,IntPtr)", _ => new RcuCallback(null, 0).ToString()).Always(),
        new(D + "TryDefer(RcuHead*,callback,UIntPtr)", s => Assert.True(s.Domain.TryDefer(s.NewHead(), Site.Count, nuint.MaxValue))),
        new(D + "Defer(Action<Object>,Object)", s => s.Domain.Defer(static _ => { }, null)),
        new(D + "TryDefer(Action<Object>,Object)", s => Assert.True(s.Domain.TryDefer(static _ => { }, null))),
        new(D + "Poll()", s => s.Domain.Poll()),
        new(D + "WaitForCapacity(Int64,Nullable<TimeSpan>,CancellationToken)", s => Assert.True(s.Domain.WaitForCapacity(long.MaxValue, TimeSpan.Zero))),
        new Use(D + "Synchronize()", s => s.Domain.Synchronize()).Waits(),
        new Use(D + "SynchronizeAsync(CancellationToken)", s => Wait(s.Domain.SynchronizeAsync().AsTask())).Waits(),
        new Use(D + "WaitAsync(GracePeriodToken,CancellationToken)", s => Wait(s.Domain.WaitAsync(s.Domain.GetToken()).AsTask())).Waits(),
        new Use(D + "Wait(GracePeriodToken)", s => s.Domain.Wait(s.Domain.GetToken())).Waits(),
        new Use(D + "Barrier()", s => s.Domain.Barrier()).Waits(),
        new Use(D + "BarrierAsync(CancellationToken)", s => Wait(s.Domain.BarrierAsync().AsTask())).Waits(),
        new Use(D + "ToString()", s => Assert.NotEmpty(s.Domain.ToString())).Always(),
        new(D + "GetToken()", s => s.Token = s.Domain.GetToken()),
        // A token that has elapsed has done so in a disposed domain too.
        new Use(D + "HasElapsed(GracePeriodToken)", s => _ = s.Domain.HasElapsed(s.Token)).MayAnswerDisposed(),
        new Use("DomainLease.get_Holder()", s => Assert.Equal("site", s.DomainLease.Holder)).Always(),
        new Use("DomainLease.Dispose()", s => s.DomainLease.Dispose()).Always(),

        new Use(R + "get_Domain()", s => Assert.Same(s.Domain, s.Reader.Domain)).Always(),
        new Use(R + "get_IsInSection()", s => _ = s.Reader.IsInSection).Always(),
        new(R + "Enter()", s => s.Reader.Enter().Dispose()),
        // Inside a section it is unchecked, by its name and docs: not called there.
        new(R + "EnterOutermost()", s =>
        {
            if (!s.Domain.IsInSection) s.Reader.EnterOutermost().Dispose();
        }),
        new(R + "Defer(RcuHead*,callback,UIntPtr)", s => s.Reader.Defer(s.NewHead(), Site.Count)),
        new Use(R + "Refresh()", s => s.Reader.Refresh()).Always(),
        new(R + "Quiesce()", s => s.Reader.Quiesce().Dispose()),
        new Use(R + "Dispose()", s => s.Domain.Register().Dispose()).MayAnswerDisposed(),
        new Use("QuiescentScope.Dispose()", s => default(QuiescentScope).Dispose()).Always(),

        new Use("ReadSection.Dispose()", s => default(ReadSection).Dispose()).Always(),
        new Use("ReadSection.IsActiveIn(RcuDomain)", s => Assert.False(default(ReadSection).IsActiveIn(s.Domain))).Always(),
        new Use("ReadSection.get_ReaderId()", s => Assert.Equal((nuint)0, default(ReadSection).ReaderId)).Always(),
        new Use("ReadSection.Refresh()", s => Assert.False(default(ReadSection).Refresh())).Always(),
        new Use("GracePeriodToken.Equals(GracePeriodToken)", s => Assert.True(s.Token.Equals(s.Token) && !s.Token.Equals(default))).Always(),
        new Use("GracePeriodToken.Equals(Object)", s => Assert.False(s.Token.Equals("a token"))).Always(),
        new Use("GracePeriodToken.GetHashCode()", s => Assert.Equal(s.Token.GetHashCode(), s.Token.GetHashCode())).Always(),
        new Use("GracePeriodToken.op_Equality(GracePeriodToken,GracePeriodToken)", s => Assert.False(s.Token == default)).Always(),
        new Use("GracePeriodToken.op_Inequality(GracePeriodToken,GracePeriodToken)", s => Assert.True(s.Token != default)).Always(),
    ];

    private static void Wait(Task task) => Assert.True(task.Wait(TimeSpan.FromSeconds(60)));
}
