using System.Diagnostics.Tracing;

namespace Alloc.Native;

/// <summary>Rare events for diagnostic tools, under the name <c>Alloc.Native</c>.</summary>
[EventSource(Name = "Alloc.Native")]
internal sealed class NativeEventSource : EventSource
{
    public static readonly NativeEventSource Log = new();

    private NativeEventSource()
    {
    }

    [Event(1, Level = EventLevel.Warning, Message = "{0}")]
    public void Leaked(string report) => WriteEvent(1, report);

    /// <summary>A misuse that was found where nobody could be told by an exception.</summary>
    [Event(2, Level = EventLevel.Error, Message = "{0}")]
    public void Misused(string report) => WriteEvent(2, report);
}
