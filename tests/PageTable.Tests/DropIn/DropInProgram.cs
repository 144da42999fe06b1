// This file is compiled twice: as it stands, and once more with RadixTable<long> for Map (see the project file). A program that uses
// what it uses changes over by the type's name. Nothing in it may name either type, nor use a backslash, which MSBuild would turn round.
using System.Globalization;
using System.Text;
using Map = System.Collections.Concurrent.ConcurrentDictionary<ulong, long>;

namespace Alloc.PageTable.Tests.OnConcurrentDictionary;

/// <summary>Every operation of the shared surface, its answers written down.</summary>
internal static class DropInProgram
{
    public static string Run()
    {
        var log = new StringBuilder();
        void Note(string what, object? answer) => log.Append(CultureInfo.InvariantCulture, $"{what}: {answer}").Append((char)10);

        var map = new Map();
        Note("empty", map.IsEmpty);
        map[7] = 70;
        map[ulong.MaxValue] = -1;
        Note("get", map[7]);
        Note("missing", Thrown(() => map[8]));
        Note("add", map.TryAdd(8, 80));
        Note("add again", map.TryAdd(key: 8, value: 81));
        Note("try get", map.TryGetValue(8, out long eight) ? eight : null);
        Note("try get missing", map.TryGetValue(9, out long nine) ? nine : null);
        Note("contains", map.ContainsKey(7) && !map.ContainsKey(9));
        Note("default", map.GetValueOrDefault(9ul) + map.GetValueOrDefault(9ul, 5));

        Note("get or add", map.GetOrAdd(9, 90));
        Note("get or add, there", map.GetOrAdd(9, 91));
        Note("get or add by factory", map.GetOrAdd(10, key => (long)key * 10));
        Note("get or add with argument", map.GetOrAdd(11, static (key, factor) => (long)key * factor, 10));
        Note("named", map.GetOrAdd(key: 11, valueFactory: static (key, a) => a, factoryArgument: 1L));
        Note("null factory", Thrown(() => map.GetOrAdd(12, (Func<ulong, long>)null!)));

        Note("add or update", map.AddOrUpdate(12, 120, (_, present) => present + 1));
        Note("add or update, there", map.AddOrUpdate(12, 120, (_, present) => present + 1));
        Note("by factories", map.AddOrUpdate(13, key => (long)key * 10, (key, present) => present + (long)key));
        Note("by factories, there", map.AddOrUpdate(13, key => (long)key * 10, (key, present) => present + (long)key));
        Note("with argument", map.AddOrUpdate(14, static (key, a) => a, static (key, present, a) => present + a, 140L));
        Note("with argument, there", map.AddOrUpdate(14, static (key, a) => a, static (key, present, a) => present + a, 1L));
        Note("null update", Thrown(() => map.AddOrUpdate(14, 1, null!)));
        Note("null add", Thrown(() => map.AddOrUpdate(14, null!, (_, present) => present)));

        Note("update", map.TryUpdate(14, 5, comparisonValue: 141));
        Note("update refused", map.TryUpdate(14, newValue: 6, comparisonValue: 141));
        Note("update missing", map.TryUpdate(99, 6, 0));
        Note("remove", map.TryRemove(14, out long fourteen) ? fourteen : null);
        Note("remove missing", map.TryRemove(14, out long again) ? again : null);
        Note("remove other value", map.TryRemove(new KeyValuePair<ulong, long>(13, 1)));
        Note("remove item", map.TryRemove(new KeyValuePair<ulong, long>(13, 143)));
        Note("remove again", map.TryRemove(KeyValuePair.Create(13ul, 143L)));

        Note("count", map.Count);
        Note("comparer", map.Comparer.Equals(5, 5));
        Note("keys", string.Join(' ', map.Keys.Order()));
        Note("keys are read-only", map.Keys.IsReadOnly && Thrown(() => map.Keys.Add(1)) == "NotSupportedException");
        Note("values", string.Join(' ', map.Values.Order()));
        ICollection<ulong> before = map.Keys;
        map[1000] = 1;
        Note("keys are a copy", before.Count != map.Keys.Count);
        Note("array", string.Join(' ', map.ToArray().OrderBy(entry => entry.Key)));
        long sum = 0;
        foreach (KeyValuePair<ulong, long> entry in map)
        {
            sum += entry.Value;
            if (entry.Key < 100) map.TryRemove(entry.Key, out _);
        }
        Note("sum while removing", sum);
        foreach (var (key, value) in map.OrderBy(entry => entry.Key)) Note($"left {key}", value);
        Note("linq", map.Where(entry => entry.Value == 1).Select(entry => entry.Key).Single());
        map.Clear();
        Note("cleared", map.IsEmpty && map.Count == 0);

        var filled = new Map(Enumerable.Range(0, 5).Select(i => KeyValuePair.Create((ulong)i, (long)i * i)));
        Note("filled", string.Join(' ', filled.ToArray().OrderBy(entry => entry.Key)));
        Note("filled twice", Thrown(() => new Map([KeyValuePair.Create(1ul, 1L), KeyValuePair.Create(1ul, 2L)])));
        Note("filled by null", Thrown(() => new Map((IEnumerable<KeyValuePair<ulong, long>>)null!)));
        Note("initialized", new Map { [3] = 4, [5] = 6 }.Count);
        Note("with hints", new Map(concurrencyLevel: 4, capacity: 100).IsEmpty && new Map(-1, 0).IsEmpty);
        Note("bad hints", Thrown(() => new Map(0, 1)) + Thrown(() => new Map(1, -1)));

        var shared = new Map();
        Parallel.For(0, 1000, i => shared.AddOrUpdate((ulong)i % 7, 1, static (_, present) => present + 1));
        Note("in parallel", string.Join(' ', shared.ToArray().OrderBy(entry => entry.Key)));
        return log.ToString();
    }

    private static string Thrown(Func<object?> action)
    {
        try
        {
            return $"nothing but {action()}";
        }
#pragma warning disable CA1031 // its type is what is noted
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e.GetType().Name;
        }
    }

    private static string Thrown(Action action) => Thrown(() =>
    {
        action();
        return "";
    });
}
