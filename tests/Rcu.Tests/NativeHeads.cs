using System.Runtime.InteropServices;
using Alloc.Rcu;

namespace Alloc.Tests;

/// <summary>Objects with a head in native memory that count themselves, so that a test can show that none is outstanding.</summary>
internal sealed unsafe class NativeHeads : IDisposable
{
    [StructLayout(LayoutKind.Sequential)]
    public struct Item
    {
        public RcuHead Head;
        public nint Owner;
        public ulong Value;
    }

    public const ulong Alive = 0xA11C_A11C_A11C_A11C, Dead = 0xDEAD_DEAD_DEAD_DEAD;

    private readonly GCHandle _self;
    private long _outstanding, _freed;

    public NativeHeads() => _self = GCHandle.Alloc(this);

    public long Outstanding => Volatile.Read(ref _outstanding);

    public long Freed => Volatile.Read(ref _freed);

    public static delegate*<RcuHead*, void> Callback => &FreeCallback;

    public RcuHead* New()
    {
        var item = (Item*)NativeMemory.AllocZeroed((nuint)sizeof(Item));
        item->Owner = GCHandle.ToIntPtr(_self);
        item->Value = Alive;
        Interlocked.Increment(ref _outstanding);
        return &item->Head;
    }

    public static void FreeCallback(RcuHead* head)
    {
        var item = (Item*)head;
        var owner = (NativeHeads)GCHandle.FromIntPtr(item->Owner).Target!;
        if (item->Value != Alive) throw new InvalidOperationException("freed twice");
        item->Value = Dead;
        NativeMemory.Free(item);
        Interlocked.Decrement(ref owner._outstanding);
        Interlocked.Increment(ref owner._freed);
    }

    public void Dispose()
    {
        Assert.Equal(0, Outstanding);
        _self.Free();
    }
}

internal static class Watchdog
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static void Until(Func<bool> condition, string what)
    {
        var end = DateTime.UtcNow + Patience;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, "gave up waiting: " + what);
            Thread.Sleep(1);
        }
    }

    public static void Wait(Task task) => Assert.True(task.Wait(Patience), "a task did not end");

    public static void Forget(ValueTask task) => _ = task.AsTask();

    public static void Join(Thread thread) => Assert.True(thread.Join(Patience), "a thread did not end");

    public static Thread Start(Action body)
    {
        var thread = new Thread(() => body()) { IsBackground = true };
        thread.Start();
        return thread;
    }
}

/// <summary>A thread that sits inside a section until it is let go.</summary>
internal sealed class ParkedReader : IDisposable
{
    private readonly ManualResetEventSlim _inside = new(), _go = new();
    private readonly Thread _thread;

    public ParkedReader(RcuDomain domain, string name = "parked reader")
    {
        _thread = new Thread(() =>
        {
            using (domain.Enter())
            {
                _inside.Set();
                _go.Wait();
            }
        })
        { IsBackground = true, Name = name };
        _thread.Start();
        Assert.True(_inside.Wait(Watchdog.Patience));
    }

    public void Dispose()
    {
        _go.Set();
        Watchdog.Join(_thread);
    }
}
