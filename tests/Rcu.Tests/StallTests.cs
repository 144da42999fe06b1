using System.Diagnostics;
using System.Diagnostics.Tracing;
using Alloc.Rcu;

namespace Alloc.Tests;

public class StallTests
{
    private sealed class Listener : EventListener
    {
        public List<EventWrittenEventArgs> Events { get; } = [];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Alloc-Rcu") EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            lock (Events) Events.Add(eventData);
        }
    }

    [Fact]
    public void A_stalled_reader_is_reported_by_name_more_and_more_rarely_and_to_the_event_source()
    {
        using var listener = new Listener();
        using var domain = new RcuDomain(new() { Name = "stall test", StallTimeout = TimeSpan.FromMilliseconds(20) });
        var reports = new List<StallReportEventArgs>();
        domain.Stalled += (_, report) => { lock (reports) reports.Add(report); };
        domain.Stalled += (_, _) => throw new InvalidOperationException("a handler that throws");
        using (new ParkedReader(domain, "sleeper"))
        {
            domain.Defer(static _ => { }, null);
            Watchdog.Until(() => { lock (reports) return reports.Count >= 3; }, "three reports");
        }
        domain.Barrier();
        Assert.All(reports, report =>
        {
            Assert.Equal("sleeper", report.Thread);
            Assert.Equal("stall test", report.Domain);
            Assert.Equal(1, report.PendingCount);
            Assert.Contains("sleeper", report.ToString(), StringComparison.Ordinal);
        });
        Assert.True(reports[0].Age >= TimeSpan.FromMilliseconds(20));
        Assert.True(reports[1].Age >= reports[0].Age * 2);
        Assert.True(reports[2].Age >= reports[1].Age * 2);
        Assert.True(domain.GetStatistics().Stalls >= 3);
        lock (listener.Events)
            Assert.Contains(listener.Events, e => e.EventName == "ReaderStalled" && (string)e.Payload![0]! == "stall test" && (string)e.Payload[2]! == "sleeper");
    }

    [Fact]
    public void Who_waits_in_Synchronize_reports_too_also_without_a_background_thread()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, StallTimeout = TimeSpan.FromMilliseconds(20), CaptureEnterStacks = true });
        StallReportEventArgs? seen = null;
        domain.Stalled += (_, report) => Volatile.Write(ref seen, report);
        Task wait;
        using (new ParkedReader(domain))
        {
            wait = Task.Run(domain.Synchronize);
            Watchdog.Until(() => Volatile.Read(ref seen) is not null, "a report");
        }
        Watchdog.Wait(wait);
        if (!Validation.Enabled) return;
        Assert.Equal(1, seen!.Nesting);
        Assert.Contains(nameof(ParkedReader), seen.EnterSite!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_domain_that_was_idle_for_long_does_not_report_its_next_short_wait()
    {
        var timeout = TimeSpan.FromMilliseconds(500);
        using var domain = new RcuDomain(new() { StallTimeout = timeout });
        // A wait that the machine made long says nothing, and is tried again.
        for (int shortWaits = 0, tries = 0; shortWaits < 3; tries++)
        {
            Assert.True(tries < 100, "no wait was short");
            long before = domain.GetStatistics().Stalls, began = Stopwatch.GetTimestamp();
            domain.Defer(static _ => { }, null);
            using (new ParkedReader(domain)) Thread.Sleep(10);
            domain.Barrier();
            bool wasShort = Stopwatch.GetElapsedTime(began) < timeout;
            Thread.Sleep(timeout + TimeSpan.FromMilliseconds(100));
            if (!wasShort) continue;
            Assert.Equal(before, domain.GetStatistics().Stalls);
            shortWaits++;
        }
    }

    [Fact]
    public void A_failed_callback_reaches_the_event_source()
    {
        using var listener = new Listener();
        using var domain = new RcuDomain(new() { Name = "failing" });
        domain.Defer(static _ => throw new FormatException("told"), null);
        domain.Barrier();
        lock (listener.Events)
            Assert.Contains(listener.Events, e => e.EventName == "CallbackFailed" && (string)e.Payload![0]! == "failing" && ((string)e.Payload[1]!).Contains("told", StringComparison.Ordinal));
    }
}
