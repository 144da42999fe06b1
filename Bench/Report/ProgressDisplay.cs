using Spectre.Console;

namespace Alloc.Bench.Report;

/// <summary>A bar for each part on a terminal; one line for each part where the output is a file.</summary>
internal static class ProgressDisplay
{
    public static void Run(IAnsiConsole console, Action<IProgressSink> work)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            work(new LineSink(console));
            return;
        }

        console.Progress()
            .AutoClear(false)
            .HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new PercentageColumn(),
                new ElapsedTimeColumn())
            .Start(context =>
            {
                var sink = new BarSink(context);
                work(sink);
                sink.End();
            });
    }

    private sealed class LineSink(IAnsiConsole console) : IProgressSink
    {
        public void Begin(string part) => console.WriteLine(part + " ...");

        public void Report(double done)
        {
        }
    }

    private sealed class BarSink(ProgressContext context) : IProgressSink
    {
        private ProgressTask? _task;

        public void Begin(string part)
        {
            End();
            _task = context.AddTask(Markup.Escape(part), maxValue: 1);
        }

        public void Report(double done)
        {
            if (_task is not null)
            {
                _task.Value = Math.Clamp(done, 0, 1);
            }
        }

        public void End()
        {
            if (_task is not null)
            {
                _task.Value = 1;
                _task.StopTask();
            }
        }
    }
}
