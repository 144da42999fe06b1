using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alloc.Rcu;

namespace Alloc.Litmus;

// The real sections and grace periods against "an epoch announced by a plain store with no process-wide barrier". A reader enters and loads a
// pointer while an updater unlinks it, waits and poisons. The control waits with the same parts but no barrier, and must catch a poisoned read.
// The readers run the shipped code, so validation mode stays off.
internal static unsafe class AnnounceLitmus
{
    // The two threads may have to share a processor with each other.
    private const int SpinsBeforeYield = 4000;
    private const ulong MostRounds = 400_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Cells
    {
        [FieldOffset(0)] public ulong Linked;
        [FieldOffset(128)] public ulong Poisoned;
        [FieldOffset(256)] public ulong Round;
        [FieldOffset(384)] public ulong Done;
    }

    private static readonly RcuDomain Domain = new(new() { Name = "litmus", Mode = ReclaimerMode.Inline });
    private static Cells* s_cells;
    private static ulong s_caught;

    public static int Run(TimeSpan time)
    {
        if (Environment.ProcessorCount < 2)
        {
            Console.WriteLine("announce: skipped, one processor cannot show store buffering");
            return Program.Skipped;
        }
        if (AsymmetricFence.IsFenced)
        {
            Console.WriteLine("announce: skipped, readers fence for themselves");
            return Program.Skipped;
        }
        s_cells = (Cells*)NativeMemory.AlignedAlloc((nuint)sizeof(Cells), 512);
        // The control takes the time it needs, ours three times as many rounds as one catch took.
        var (controlRounds, control) = Race(time, 0, control: true);
        if (control == 0) (controlRounds, control) = Race(Patience, 0, control: true);
        var (rounds, caught) = Race(time, Math.Min(3 * controlRounds / Math.Max(1, control), MostRounds), control: false);
        Console.WriteLine($"announce: control {control} of {controlRounds}, with the barrier {caught} of {rounds}");
        if (caught != 0) return Program.Failed;
        return control != 0 ? Program.Passed : Program.Inconclusive;
    }

    private static (ulong Rounds, ulong Caught) Race(TimeSpan time, ulong leastRounds, bool control)
    {
        NativeMemory.Clear(s_cells, (nuint)sizeof(Cells));
        s_caught = 0;
        var reader = new Thread(Reader) { IsBackground = true };
        reader.Start();
        ulong rounds = 0;
        long start = Stopwatch.GetTimestamp();
        var random = new Random(1);
        while ((Stopwatch.GetElapsedTime(start) < time || rounds < leastRounds) && !(control && s_caught > 2))
        {
            for (int i = 0; i < 64; i++)
            {
                s_cells->Linked = 1;
                s_cells->Poisoned = 0;
                rounds++;
                Volatile.Write(ref s_cells->Round, rounds);
                Thread.SpinWait(random.Next(12));
                Volatile.Write(ref s_cells->Linked, 0); // unlink
                if (control) WaitWithoutBarrier();
                else Domain.Synchronize();
                Volatile.Write(ref s_cells->Poisoned, 1); // free
                Await(ref s_cells->Done, rounds);
            }
        }
        Volatile.Write(ref s_cells->Round, ulong.MaxValue);
        reader.Join();
        return (rounds, s_caught);
    }

    private static void WaitWithoutBarrier()
    {
        ulong epoch = Interlocked.Increment(ref Domain.Words->Epoch);
        while (Domain.Registry.OldestAnnounced() < epoch) Thread.SpinWait(1);
    }

    private static void Reader()
    {
        Processors.Bind(1);
        using var reader = Domain.Register();
        var random = new Random(2);
        ulong done = 0;
        while (true)
        {
            ulong round;
            int spins = 0;
            while ((round = Volatile.Read(ref s_cells->Round)) == done)
                if (++spins % SpinsBeforeYield == 0) Thread.Yield();
            if (round == ulong.MaxValue) return;
            ColdStores.Fill(random);
            if (Read(reader)) s_caught++;
            done = round;
            Volatile.Write(ref s_cells->Done, round);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Read(RcuReader reader)
    {
        using var section = reader.EnterOutermost();
        if (Volatile.Read(ref s_cells->Linked) == 0) return false;
        for (int i = 0; i < 400; i++)
            if (Volatile.Read(ref s_cells->Poisoned) != 0) return true;
        return false;
    }

    private static void Await(ref ulong word, ulong value)
    {
        for (int spins = 1; Volatile.Read(ref word) != value; spins++)
            if (spins % SpinsBeforeYield == 0) Thread.Yield();
    }
}
