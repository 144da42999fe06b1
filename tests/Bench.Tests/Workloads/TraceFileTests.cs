using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Tests.Workloads;

public sealed class TraceFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    [Fact]
    public void Text_and_binary_say_the_same()
    {
        File.WriteAllText(_path, "# a trace\nset 1 10\r\nset 0xFFFFFFFFFFFFFFFF 0x20  # the last key\n\n\tget 1\ndel 1\ndelrange 0 18446744073709551615\n");

        var read = TraceFile.Read(_path);
        TraceFile.WriteBinary(_path, read);

        Assert.Equal(
        [
            new(OperationKind.Set, 1, 10), new(OperationKind.Set, ulong.MaxValue, 32), new(OperationKind.Get, 1, 0), new(OperationKind.Remove, 1, 0),
            new(OperationKind.RemoveRange, 0, ulong.MaxValue),
        ], read);
        Assert.Equal(read, TraceFile.Read(_path));
    }

    [Theory]
    [InlineData("set 1 10\nput 2 3", ":2", "put")]
    [InlineData("set 1", ":1", "2 numbers")]
    [InlineData("get 1 2", ":1", "1 numbers")]
    [InlineData("get -1", ":1", "-1")]
    [InlineData("get 0x1FFFFFFFFFFFFFFFF", ":1", "0x1FFFFFFFFFFFFFFFF")]
    [InlineData("delrange 5 4", ":1", "ends before")]
    public void A_mistake_is_named_with_its_line(string text, string place, string what)
    {
        File.WriteAllText(_path, text);

        var error = Assert.Throws<FormatException>(() => TraceFile.Read(_path));

        Assert.Contains(_path + place, error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_binary_trace_that_is_cut_off_or_has_an_unknown_operation_is_refused()
    {
        TraceFile.WriteBinary(_path, [new(OperationKind.Set, 1, 2), new((OperationKind)9, 1, 2)]);
        Assert.Contains("operation 1", Assert.Throws<FormatException>(() => TraceFile.Read(_path)).Message, StringComparison.Ordinal);

        using (var file = File.OpenWrite(_path))
        {
            file.SetLength(file.Length - 1);
        }

        Assert.Contains("cut off", Assert.Throws<FormatException>(() => TraceFile.Read(_path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_path);
}
