namespace Alloc.Bench.Rcu;

/// <summary>A thread that reads without a pause, in turns for each of those that wait for it, until it is disposed.</summary>
internal sealed unsafe class BusyReader : IDisposable
{
    private const int Turn = 100;
    private readonly Thread _thread;
    private bool _stopping;

    public BusyReader(RcuStage stage)
    {
        using var started = new ManualResetEventSlim();
        _thread = new Thread(() =>
        {
            using var reader = stage.AsDefault.Register();
            stage.Urcu?.Register();
            started.Set();
            while (!Volatile.Read(ref _stopping))
            {
                stage.Urcu?.ReadMemb(Turn, stage.Cell);
                ReadLoops.Flat(Turn, stage.Cell, reader);
            }

            stage.Urcu?.Unregister();
        });
        _thread.Start();
        started.Wait();
    }

    public void Dispose()
    {
        Volatile.Write(ref _stopping, true);
        _thread.Join();
    }
}
