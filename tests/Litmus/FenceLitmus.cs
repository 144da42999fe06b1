using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alloc.Rcu;

namespace Alloc.Litmus;

// Store buffering, the one reordering that x86 shows and that the asymmetric fence must forbid:
//
//   frequent side: X = 1; light; r1 = Y        rare side: Y = 1; heavy; r2 = X        forbidden: r1 = 0 and r2 = 0
//
// The control leaves the heavy half out. It must see the forbidden outcome; if it does not, this machine could not have shown a
// broken fence either, and the run is inconclusive, which is not a pass.
internal static unsafe class FenceLitmus
{
    // The two threads may have to share a processor with each other.
    private const int SpinsBeforeYield = 4000;

    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Cells
    {
        [FieldOffset(0)] public ulong X;
        [FieldOffset(128)] public ulong Y;
        [FieldOffset(256)] public ulong Round;
        [FieldOffset(384)] public ulong Done;
    }

    private static Cells* s_cells;
    private static ulong s_seen;

    public static int Run(TimeSpan time)
    {
        if (Environment.ProcessorCount < 2)
        {
            Console.WriteLine("fence: skipped, one processor cannot show store buffering");
            return Program.Skipped;
        }
        s_cells = (Cells*)NativeMemory.AlignedAlloc((nuint)sizeof(Cells), 512);
        var (controlRounds, control) = Race(heavy: false, time);
        if (control == 0) (controlRounds, control) = Race(heavy: false, time * 10);
        var (rounds, forbidden) = Race(heavy: true, time);
        NativeMemory.AlignedFree(s_cells);
        Console.WriteLine($"fence: mode {(AsymmetricFence.IsFenced ? "fenced" : "process-wide")}; control {control} of {controlRounds}, with the barrier {forbidden} of {rounds}");
        if (forbidden != 0) return Program.Failed;
        // Where readers fence, the frequent side orders itself, but the rare side without a fence still shows the outcome.
        return control != 0 ? Program.Passed : Program.Inconclusive;
    }

    private static (ulong Rounds, ulong Forbidden) Race(bool heavy, TimeSpan time)
    {
        NativeMemory.Clear(s_cells, (nuint)sizeof(Cells));
        var frequent = new Thread(Frequent) { IsBackground = true };
        frequent.Start();
        ulong rounds = 0, forbidden = 0;
        long start = Stopwatch.GetTimestamp();
        var random = new Random(1);
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            for (int i = 0; i < 256; i++)
            {
                s_cells->X = 0;
                s_cells->Y = 0;
                rounds++;
                Volatile.Write(ref s_cells->Round, rounds);
                for (int pause = random.Next(60); pause > 0; pause--) Nothing();
                ColdStores.Fill(random);
                ulong x = RareSide(s_cells, heavy);
                Await(ref s_cells->Done, rounds);
                if (x == 0 && s_seen == 0) forbidden++;
            }
        }
        Volatile.Write(ref s_cells->Round, ulong.MaxValue);
        frequent.Join();
        return (rounds, forbidden);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Nothing()
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong RareSide(Cells* cells, bool heavy)
    {
        Volatile.Write(ref cells->Y, 1);
        if (heavy) AsymmetricFence.Heavy();
        return Volatile.Read(ref cells->X);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong FrequentSide(Cells* cells)
    {
        Volatile.Write(ref cells->X, 1);
        AsymmetricFence.Light();
        return Volatile.Read(ref cells->Y);
    }

    private static void Frequent()
    {
        Processors.Bind(1);
        ulong done = 0;
        while (true)
        {
            ulong round;
            int spins = 0;
            while ((round = Volatile.Read(ref s_cells->Round)) == done)
                if (++spins % SpinsBeforeYield == 0) Thread.Yield();
            if (round == ulong.MaxValue) return;
            s_seen = FrequentSide(s_cells);
            done = round;
            Volatile.Write(ref s_cells->Done, round);
        }
    }

    private static void Await(ref ulong word, ulong value)
    {
        for (int spins = 1; Volatile.Read(ref word) != value; spins++)
            if (spins % SpinsBeforeYield == 0) Thread.Yield();
    }
}
