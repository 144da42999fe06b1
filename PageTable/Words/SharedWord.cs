using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Alloc.PageTable;

/// <summary>The only way to touch a word that other threads change: child words, value words, the root.</summary>
/// <remarks>
/// Every read is an acquire load, since the memory model promises dependency order for managed references only. Every change is one
/// compare-and-swap, which publishes what was written before it (a private node, a cell). In validation mode each access first
/// passes <see cref="Interleaving"/>, where tests delay or stop threads; otherwise the JIT folds that away.
/// </remarks>
internal readonly unsafe struct SharedWord(ulong* location)
{
    public readonly ulong* Location = location;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read()
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Read, Location);
        return Volatile.Read(ref *Location);
    }

    /// <summary>As <see cref="Read()"/>, of a word of a table: the JIT makes one instruction of address and load only where both are one expression.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ulong* words, ulong index)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Read, words + index);
        return Volatile.Read(ref words[index]);
    }

    /// <summary>Eight words by plain loads, each whole, not all at one moment; whoever goes by them has a fence behind them, or changes a word by a compare-and-swap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> ReadLine(ulong* words)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Read, words);
        return Vector512.Load(words);
    }

    /// <summary>The words of the cache line that begins here, ORed: a glance that decides nothing (F8), so plain loads do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong PeekLine()
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Read, Location);
        ulong* w = Location;
        return w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryChange(ulong from, ulong to)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Change, Location);
        return Interlocked.CompareExchange(ref *Location, to, from) == from;
    }

    /// <summary>As <see cref="TryChange"/>, and gives what stood there: a key lane is claimed by whoever finds it free (F7).</summary>
    public ulong CompareExchange(ulong from, ulong to)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Change, Location);
        return Interlocked.CompareExchange(ref *Location, to, from);
    }

    /// <summary>Closes a free key lane for good (F1), and gives what stood there.</summary>
    public ulong FreezeLane(ulong free, ulong frozen)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Freeze, Location);
        return Interlocked.CompareExchange(ref *Location, frozen, free);
    }

    /// <summary>Sets <paramref name="mark"/> for good and returns the word as it now is (F1). By anyone, any number of times.</summary>
    public ulong Freeze(ulong mark)
    {
        while (true)
        {
            ulong word = Read();
            if ((word & mark) != 0) return word;
            if (Interleaving.Enabled) Interleaving.Point(Step.Freeze, Location);
            if (Interlocked.CompareExchange(ref *Location, word | mark, word) == word) return word | mark;
        }
    }

    /// <summary>For the root alone, when the table is disposed.</summary>
    public ulong Exchange(ulong to)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Change, Location);
        return Interlocked.Exchange(ref *Location, to);
    }
}
