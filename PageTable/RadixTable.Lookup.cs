using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Looks a key up. Wait-free: at most twelve directories, usually two or three, and one node with values.</summary>
    /// <param name="key">Any key, <see cref="ulong.MaxValue"/> included.</param>
    /// <param name="value">The value, or default.</param>
    /// <returns>Whether the key is in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetValue(ulong key, out TValue value)
    {
        // Nothing in here throws, so the section needs no finally.
        ReadSection section = _domain.Enter();
        ulong word = Lookup.Find(_root, key);
        GC.KeepAlive(this); // its finalizer takes the tree off
        if (ValueCodec<TValue>.TryDecode(word, out value))
        {
            section.Dispose();
            return true;
        }
        bool found = HasCell(word);
        if (found) value = ReadCell(word);
        section.Dispose();
        return found || Missing();
    }

    /// <summary>
    /// Looks a key up inside a section that the caller has entered, through an <see cref="RcuReader"/> or for many lookups: the section then
    /// costs once.
    /// </summary>
    /// <param name="section">A section of the table's domain that has not ended, entered by the calling thread.</param>
    /// <param name="key">Any key, <see cref="ulong.MaxValue"/> included.</param>
    /// <param name="value">The value, or default.</param>
    /// <returns>Whether the key is in the table.</returns>
    /// <exception cref="ArgumentException">The section is a default one, has ended, or belongs to another domain.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetValue(ref readonly ReadSection section, ulong key, out TValue value)
    {
        if (!section.IsActiveIn(_domain)) ThrowHelper.ThrowForeignSection();
        ulong word = Lookup.Find(_root, key);
        GC.KeepAlive(this);
        return TryRead(word, out value) || Missing();
    }

    /// <summary>Whether a key is in the table. As fast as <see cref="TryGetValue(ulong, out TValue)"/>.</summary>
    /// <param name="key">Any key.</param>
    /// <returns>Whether the key is in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool ContainsKey(ulong key)
    {
        ReadSection section = _domain.Enter();
        bool found = !ValueWord.IsAbsent(Lookup.Find(_root, key));
        GC.KeepAlive(this);
        section.Dispose();
        return found || Missing();
    }

    // A miss may be a disposed table's.
    private bool Missing()
    {
        if (_root.Read() == ChildWord.Disposed.Bits) ThrowHelper.ThrowDisposed();
        return false;
    }

    /// <summary>The value of a word, inside the section in which the word was read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(ulong word, out TValue value)
    {
        if (ValueCodec<TValue>.TryDecode(word, out value)) return true;
        if (!HasCell(word)) return false;
        // By its result and not into the variable, which then can live in a register.
        value = ReadCell(word);
        return true;
    }

    private static bool HasCell(ulong word) => !ValueCodec<TValue>.AlwaysInline && ValueWord.IsCell(word);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TValue ReadCell(ulong word) => Unsafe.ReadUnaligned<TValue>(ValueWord.Cell(word).Value);
}
