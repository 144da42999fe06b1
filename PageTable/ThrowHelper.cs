using System.Diagnostics.CodeAnalysis;

namespace Alloc.PageTable;

/// <summary>The exceptions of the public surface: what happened, and what to do.</summary>
internal static class ThrowHelper
{
    [DoesNotReturn]
    public static void ThrowDisposed() => throw new ObjectDisposedException("RadixTable", "The table is disposed.");

    [DoesNotReturn]
#pragma warning disable CA2201 // The contract of collections that cannot grow: what List and Dictionary throw as well.
    public static void ThrowOutOfMemory() => throw new OutOfMemoryException(
        "The table's page allocator refused memory; the table is as it was. Raise PageAllocatorOptions.MaxBytes, remove entries, or call Trim.");

    [DoesNotReturn]
    public static void ThrowOutOfMemory(int done, int wanted) => throw new OutOfMemoryException(
        $"The table's page allocator refused memory after {done} of {wanted} entries; those are in the table. Raise PageAllocatorOptions.MaxBytes, remove entries, or call Trim.");
#pragma warning restore CA2201

    [DoesNotReturn]
    public static void ThrowKeyNotFound(ulong key) => throw new KeyNotFoundException($"The key {key} (0x{key:x}) is not in the table.");

    [DoesNotReturn]
    public static void ThrowForeignSection() => throw new ArgumentException(
        "The read section is a default one, has ended, or belongs to another RcuDomain than the table's.", "section");

    [DoesNotReturn]
    public static void ThrowTooShort(string name) => throw new ArgumentException("The span is shorter than the keys.", name);

    [DoesNotReturn]
    public static void ThrowDuplicateKey(ulong key, string parameter) => throw new ArgumentException(
        $"The key {key} (0x{key:x}) is in the table already. Use the indexer to replace its value, or TryAdd to be told.", parameter);

    [DoesNotReturn]
    public static void ThrowTooManyForAnArray() => throw new InvalidOperationException(
        "The table has more entries than an array can hold. Enumerate it, or a range of it, instead.");

    [DoesNotReturn]
    public static void ThrowCursorEnded() => throw new ObjectDisposedException("Cursor", "The cursor has been disposed, or is a default one. Open one with RadixTable.OpenCursor.");
}
