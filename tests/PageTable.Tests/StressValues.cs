using System.Runtime.InteropServices;

namespace Alloc.PageTable.Tests;

/// <summary>Values that tell which key they were made for, so that a reader sees at once whether it got another's or a torn one.</summary>
internal interface IStressValue<T> where T : unmanaged
{
    static abstract T Make(ulong key, uint number);

    static abstract bool Belongs(T value, ulong key);
}

/// <summary>Always inline.</summary>
internal readonly struct InlineValues : IStressValue<ulong>
{
    public static ulong Make(ulong key, uint number) => (ulong)Hash(key) << 32 | number;

    public static bool Belongs(ulong value, ulong key) => (uint)(value >> 32 & 0xFFFFFFF) == Hash(key);

    internal static uint Hash(ulong key) => (uint)((key ^ key >> 29) * 0x9E3779B97F4A7C15 >> 36);
}

/// <summary>Every second value does not fit its word and lies in a cell.</summary>
internal readonly struct MixedValues : IStressValue<ulong>
{
    public static ulong Make(ulong key, uint number) => InlineValues.Make(key, number) | (ulong)(number & 1) << 62;

    public static bool Belongs(ulong value, ulong key) => InlineValues.Belongs(value, key);
}

/// <summary>48 bytes in a cell, each word of which must fit the others.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Wide(ulong A, ulong B, ulong C, ulong D, ulong E, ulong F);

internal readonly struct WideValues : IStressValue<Wide>
{
    public static Wide Make(ulong key, uint number)
    {
        ulong n = number * 0x9E3779B97F4A7C15UL;
        return new Wide(key, n, key ^ n, key + n, ~key, n * 3);
    }

    public static bool Belongs(Wide value, ulong key) =>
        value.A == key && value.C == (key ^ value.B) && value.D == key + value.B && value.E == ~key && value.F == value.B * 3;
}
