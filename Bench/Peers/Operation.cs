using System.Runtime.InteropServices;

namespace Alloc.Bench.Peers;

/// <summary>What an <see cref="Operation"/> does, and what it adds to the checksum.</summary>
internal enum OperationKind : ulong
{
    /// <summary>Looks a key up. Adds the value found less <see cref="Operation.Value"/>; nothing when the key is absent.</summary>
    Get,

    /// <summary>Puts the value, whether or not the key is there. Adds one.</summary>
    Set,

    /// <summary>Inserts the value. Adds one if the key was not there.</summary>
    Add,

    /// <summary>Removes the key. Adds one if it was there.</summary>
    Remove,

    /// <summary>Removes all keys from the key to the value, inclusive. Adds how many were there.</summary>
    RemoveRange,
}

/// <summary>One step of a mixed load or a trace; the C loops read the same 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Operation(OperationKind Kind, ulong Key, ulong Value);
