using Alloc.Bench.Workloads;

namespace Alloc.Bench.Mirror;

/// <summary>
/// Memory that this process really uses while it mirrors itself: a full region, holes, scattered pages, and objects of the
/// managed heap.
/// </summary>
internal sealed class UsedMemory : IDisposable
{
    private const long MiB = 1 << 20;
    private readonly List<Mapping> _mappings = [];
    private readonly List<byte[]> _objects = [];

    /// <param name="fraction">1 for the whole amount (about 160 MiB), less for a short run.</param>
    public UsedMemory(double fraction)
    {
        var random = new SplitMix64(7);
        long Scaled(long bytes) => Math.Max(MiB, (long)(bytes * fraction));
        if (OperatingSystem.IsLinux())
        {
            // A heap that is full, one with every third page touched, and 1 GiB of which each 2 MiB holds a single page.
            Use(Scaled(96 * MiB), _ => true);
            Use(Scaled(64 * MiB), page => page % 3 == 0);
            Use(Scaled(1024 * MiB), page => page % 512 == 17);
            for (var i = 0; i < 64; i++)
            {
                Use(MiB * (1 + random.Next(4)), _ => random.Next(4) == 0);
            }
        }

        for (long bytes = 0; bytes < Scaled(32 * MiB); bytes += _objects[^1].Length)
        {
            var block = GC.AllocateUninitializedArray<byte>(4096 + random.Next(1 << 18));
            block.AsSpan().Fill(1);
            _objects.Add(block);
        }
    }

    public void Dispose()
    {
        _mappings.ForEach(mapping => mapping.Dispose());
        _mappings.Clear();
        _objects.Clear();
    }

    private void Use(long bytes, Func<int, bool> touches)
    {
        var mapping = new Mapping(bytes);
        _mappings.Add(mapping);
        for (var page = 0; page < mapping.Pages; page++)
        {
            if (touches(page))
            {
                mapping.Touch(page);
            }
        }
    }
}
