using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Alloc.Bench.Peers;

namespace Alloc.Bench.Workloads;

/// <summary>
/// Recorded operations. As text, one a line, numbers decimal or hexadecimal (0x…), comments after <c>#</c>:
/// <code>
/// get KEY
/// set KEY VALUE
/// del KEY
/// delrange FIRST LAST
/// </code>
/// As binary: the eight bytes <c>ALLOCTR1</c>, then for each operation three little-endian 64-bit words: 0 get, 1 set, 3 del, 4 delrange; the key or
/// the first key; the value or the last key (0 where there is none).
/// </summary>
internal static class TraceFile
{
    private const int RecordBytes = 3 * sizeof(ulong);
    private static readonly byte[] Magic = "ALLOCTR1"u8.ToArray();

    /// <exception cref="FormatException">The file is no trace; the message names the place.</exception>
    public static Operation[] Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes.AsSpan().StartsWith(Magic) ? ReadBinary(path, bytes.AsSpan(Magic.Length)) : ReadText(path, Encoding.UTF8.GetString(bytes));
    }

    public static void WriteBinary(string path, ReadOnlySpan<Operation> operations)
    {
        using var file = File.Create(path);
        file.Write(Magic);
        Span<byte> record = stackalloc byte[RecordBytes];
        foreach (var operation in operations)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)operation.Kind);
            BinaryPrimitives.WriteUInt64LittleEndian(record[8..], operation.Key);
            BinaryPrimitives.WriteUInt64LittleEndian(record[16..], operation.Value);
            file.Write(record);
        }
    }

    private static Operation[] ReadBinary(string path, ReadOnlySpan<byte> records)
    {
        if (records.Length % RecordBytes != 0)
        {
            throw new FormatException($"{path}: the last operation is cut off.");
        }

        var operations = new Operation[records.Length / RecordBytes];
        for (var i = 0; i < operations.Length; i++)
        {
            var record = records[(i * RecordBytes)..];
            var kind = (OperationKind)BinaryPrimitives.ReadUInt64LittleEndian(record);
            operations[i] = Checked($"{path}: operation {i}", kind, BinaryPrimitives.ReadUInt64LittleEndian(record[8..]), BinaryPrimitives.ReadUInt64LittleEndian(record[16..]));
        }

        return operations;
    }

    private static Operation[] ReadText(string path, string text)
    {
        var operations = new List<Operation>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            string[] words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            var place = $"{path}:{number}";
            (OperationKind Kind, int Numbers) = words[0] switch
            {
                "get" => (OperationKind.Get, 1),
                "set" => (OperationKind.Set, 2),
                "del" => (OperationKind.Remove, 1),
                "delrange" => (OperationKind.RemoveRange, 2),
                _ => throw new FormatException($"{place}: '{words[0]}' is none of get, set, del, delrange."),
            };
            if (words.Length != 1 + Numbers)
            {
                throw new FormatException($"{place}: {words[0]} wants {Numbers} numbers.");
            }

            operations.Add(Checked(place, Kind, Number(place, words[1]), Numbers == 2 ? Number(place, words[2]) : 0));
        }

        return [.. operations];
    }

    private static Operation Checked(string place, OperationKind kind, ulong key, ulong value) => kind switch
    {
        OperationKind.Add => throw new FormatException($"{place}: 2 is no operation of a trace."),
        > OperationKind.RemoveRange => throw new FormatException($"{place}: {(ulong)kind} is no operation."),
        OperationKind.RemoveRange when value < key => throw new FormatException($"{place}: the range ends before it begins."),
        OperationKind.Get or OperationKind.Remove => new Operation(kind, key, 0),
        _ => new Operation(kind, key, value),
    };

    private static ulong Number(string place, string word)
    {
        var hex = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return ulong.TryParse(hex ? word.AsSpan(2) : word, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{place}: '{word}' is no number of 64 bits.");
    }
}
