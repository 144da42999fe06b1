namespace Alloc.Validated.Tests.Histories;

/// <summary>What a query of several keys has answered, taken apart into what it says of each.</summary>
/// <remarks>
/// Such a query is not atomic. It promises of each key by itself that what it says was so at some moment of the call: an entry that it gives
/// was there, and a key that it passes over was absent. That is what a lookup of that key would promise, so it goes into the key's history as one, and the
/// linearizability of each key decides. A count promises less: every key that is there throughout is counted, and none that never was.
/// <para>What lies beside the keys stands still, so that has to come out exactly.</para>
/// </remarks>
internal sealed class QueryCheck(ulong[] keys, IEnumerable<ulong> background)
{
    private readonly ulong[] _background = [.. background.Order()];

    /// <summary>Fills <see cref="Call.Saw"/> from the entries that were seen, in their order.</summary>
    /// <returns>What is wrong with them whatever other calls did; null where nothing is.</returns>
    public string? Read(ref Call call, List<KeyValuePair<ulong, ulong>> seen)
    {
        if (call.Kind == CallKind.Count) return null;
        // A neighbour query has looked no further than the entry that it gives.
        var (low, high) = call.Kind == CallKind.Range ? (call.First, call.Last)
            : call.IsUp ? (call.First, seen.Count > 0 ? seen[0].Key : ulong.MaxValue)
            : (seen.Count > 0 ? seen[0].Key : 0, call.First);
        for (int key = 0; key < keys.Length; key++)
        {
            if (keys[key] >= low && keys[key] <= high) call.Saw[key] = (Sight.Absent, Call.Absent);
        }
        int standing = 0;
        for (int i = 0; i < seen.Count; i++)
        {
            var (key, value) = seen[i];
            if (key < low || key > high) return $"{key:x} was not asked for";
            if (i > 0 && (call.IsUp ? key <= seen[i - 1].Key : key >= seen[i - 1].Key)) return $"{key:x} comes behind {seen[i - 1].Key:x}";
            int index = Array.IndexOf(keys, key);
            if (index >= 0) call.Saw[index] = (Sight.Present, value);
            else if (Array.BinarySearch(_background, key) < 0 || value != key) return $"{key:x} with {value:x} was never there";
            else standing++;
        }
        return standing == CountBackground(low, high) ? null : $"{standing} of {CountBackground(low, high)} entries beside the keys were seen";
    }

    /// <summary>Entries beside the keys, which nobody changes.</summary>
    public int CountBackground(ulong first, ulong last) => IndexOf(last, behind: true) - IndexOf(first, behind: false);

    private int IndexOf(ulong key, bool behind)
    {
        int index = Array.BinarySearch(_background, key);
        return index < 0 ? ~index : behind ? index + 1 : index;
    }
}
