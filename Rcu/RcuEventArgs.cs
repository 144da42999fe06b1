using System.Diagnostics;

namespace Alloc.Rcu;

/// <summary>A reader that delays a grace period: who, for how long, and what waits for it.</summary>
public sealed class StallReportEventArgs : EventArgs
{
    internal StallReportEventArgs(string domain, string thread, int managedThreadId, TimeSpan age, int nesting, StackTrace? enterSite, long pendingBytes, long pendingCount)
    {
        Domain = domain;
        Thread = thread;
        ManagedThreadId = managedThreadId;
        Age = age;
        Nesting = nesting;
        EnterSite = enterSite;
        PendingBytes = pendingBytes;
        PendingCount = pendingCount;
    }

    /// <summary>The name of the domain.</summary>
    public string Domain { get; }

    /// <summary>The name of the thread that is in a section, or empty.</summary>
    public string Thread { get; }

    /// <summary>Its managed id, good for looking it up in a debugger while it lives.</summary>
    public int ManagedThreadId { get; }

    /// <summary>How long the grace period has waited.</summary>
    public TimeSpan Age { get; }

    /// <summary>How many sections the thread has open; 0 when unknown (outside validation mode).</summary>
    public int Nesting { get; }

    /// <summary>Where the outermost section began, with <see cref="RcuDomainOptions.CaptureEnterStacks"/> in validation mode, otherwise null.</summary>
    public StackTrace? EnterSite { get; }

    /// <summary>The bytes that wait in the domain.</summary>
    public long PendingBytes { get; }

    /// <summary>The heads that wait in the domain.</summary>
    public long PendingCount { get; }

    /// <summary>One line for a log.</summary>
    public override string ToString() =>
        $"RCU domain '{Domain}': thread {ManagedThreadId} '{Thread}' has delayed a grace period for {Age.TotalSeconds:F1} s; {PendingCount} callbacks, {PendingBytes} bytes pending.";
}

/// <summary>A callback that threw.</summary>
public sealed class CallbackFailedEventArgs : EventArgs
{
    internal CallbackFailedEventArgs(Exception exception) => Exception = exception;

    /// <summary>What it threw.</summary>
    public Exception Exception { get; }
}
