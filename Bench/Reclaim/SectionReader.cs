using Alloc.Bench.Workloads;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Reclaim;

/// <summary>A thread that enters and leaves read sections throughout the loop, and looks at what is being mapped and dropped.</summary>
internal sealed class SectionReader : IDisposable
{
    private readonly RadixTable<ulong> _table;
    private readonly RcuDomain _domain;
    private readonly int _pages;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _begun = new();
    private long _window;
    private volatile bool _stop;

    public SectionReader(RadixTable<ulong> table, RcuDomain domain, ulong firstWindow, int pages)
    {
        _table = table;
        _domain = domain;
        _pages = pages;
        _window = (long)firstWindow;
        _thread = new Thread(Loop) { IsBackground = true, Name = "bench reader" };
        _thread.Start();
        _begun.Wait(); // a loop may be over before a thread that was started has run
    }

    public long Sections { get; private set; }

    /// <summary>Lookups that found their key; each value was checked.</summary>
    public long Hits { get; private set; }

    /// <summary>
    /// The most steps that the loop did while this thread was inside one section: the machine had stopped it there, and by the rules of RCU
    /// nothing that was dropped meanwhile could be freed before it went on.
    /// </summary>
    public int LongestSectionSteps { get; private set; }

    /// <summary>What went wrong: a value that was never stored, or an exception. Null when nothing did.</summary>
    public string? Mistake { get; private set; }

    /// <summary>Tells it which window is being mapped now.</summary>
    public void LookAt(ulong firstKey) => Volatile.Write(ref _window, (long)firstKey);

    /// <summary>Ends the thread; the counts are final after this.</summary>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _begun.Dispose();
    }

    private void Loop()
    {
        const int LookupsPerSection = 8;
        var random = new SplitMix64(17);
        try
        {
            using var reader = _domain.Register();
            while (!_stop)
            {
                var window = (ulong)Volatile.Read(ref _window);
                using var section = reader.Enter();
                for (var i = 0; i < LookupsPerSection; i++)
                {
                    var key = window + (ulong)random.Next(_pages);
                    if (_table.TryGetValue(in section, key, out var value))
                    {
                        Hits++;
                        if (value != KeySet.ValueOf(key))
                        {
                            Mistake ??= $"the reader found {value:x} under {key:x}, where only {KeySet.ValueOf(key):x} was ever stored";
                        }
                    }
                }

                if (Sections++ == 0)
                {
                    _begun.Set();
                }

                var passed = (int)(((ulong)Volatile.Read(ref _window) - window) / (ulong)_pages);
                LongestSectionSteps = Math.Max(LongestSectionSteps, passed);
            }
        }
        catch (Exception e)
        {
            Mistake ??= $"the reader failed: {e.GetType().Name}: {e.Message}"; // reported as a failed check, not as a crash
            _begun.Set();
        }
    }
}
