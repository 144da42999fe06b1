using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alloc.Rcu;

namespace Alloc.Litmus;

/// <summary>
/// Methods whose machine code the suite reads. The protected word lies at a displacement that occurs nowhere else, so its load can be found
/// between the announcing and the leaving store. <see cref="LoadTooEarly"/> is the control that the reading must reject.
/// </summary>
internal static unsafe class Shape
{
    public const int Displacement = 0x7A8;

    public static int Run(TimeSpan time)
    {
        var domain = new RcuDomain();
        var reader = domain.Register();
        byte* block = (byte*)NativeMemory.AllocZeroed(0x1000);
        ulong sum = 0;
        // Enough calls and time for the optimizing tier; where that was not enough, who reads the listing asks for more.
        for (long end = Environment.TickCount64 + (long)time.TotalMilliseconds; Environment.TickCount64 < end;)
        {
            for (int i = 0; i < 2000; i++) sum += Flat(reader, block) + Nested(reader, block) + Implicit(domain, block) + LoadTooEarly(reader, block);
            Thread.Sleep(10);
        }
        NativeMemory.Free(block);
        Console.WriteLine($"shape: done {sum}");
        return Program.Passed;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Flat(RcuReader reader, byte* block)
    {
        var section = reader.EnterOutermost();
        ulong value = *(ulong*)(block + Displacement);
        section.Dispose();
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Nested(RcuReader reader, byte* block)
    {
        var section = reader.Enter();
        ulong value = *(ulong*)(block + Displacement);
        section.Dispose();
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Implicit(RcuDomain domain, byte* block)
    {
        var section = domain.Enter();
        ulong value = *(ulong*)(block + Displacement);
        section.Dispose();
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong LoadTooEarly(RcuReader reader, byte* block)
    {
        ulong value = Volatile.Read(ref *(ulong*)(block + Displacement));
        var section = reader.EnterOutermost();
        section.Dispose();
        return value;
    }
}
