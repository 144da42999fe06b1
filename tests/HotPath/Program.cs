using System.Globalization;
using System.Runtime.CompilerServices;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.HotPath;

/// <summary>
/// The lookups whose machine code <c>HotPathTests</c> reads and <c>docs/hot-path.md</c> shows. To see it:
/// <c>DOTNET_JitDisasm="Hit Plain" dotnet run -c Release --project tests/HotPath</c>.
/// </summary>
internal static class Program
{
    private static void Main(string[] arguments)
    {
        using var table = new RadixTable<ulong>();
        for (ulong key = 0; key < 300_000; key++) table[key] = key;
        using RcuReader reader = RcuDomain.Default.Register();
        ulong sum = 0;
        // Enough calls and time for the optimizing tier; where that was not enough, who reads the listing asks for more.
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 60;
        for (int round = 0; round < rounds; round++)
        {
            for (ulong key = 0; key < 2000; key++)
            {
                ReadSection section = reader.EnterOutermost();
                sum += Hit(table, in section, key * 149);
                section.Dispose();
                sum += Plain(table, key * 149);
            }
            Thread.Sleep(10);
        }
        Console.WriteLine($"hot path: {sum}");
    }

    /// <summary>A lookup inside a section that stands.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Hit(RadixTable<ulong> table, ref readonly ReadSection section, ulong key)
    {
        table.TryGetValue(in section, key, out ulong value);
        return value;
    }

    /// <summary>A lookup with a section of its own, through the thread's own reader.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Plain(RadixTable<ulong> table, ulong key)
    {
        table.TryGetValue(key, out ulong value);
        return value;
    }
}
