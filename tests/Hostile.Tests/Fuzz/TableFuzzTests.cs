using CsCheck;

namespace Alloc.Hostile.Tests.Fuzz;

/// <summary>Random sequences of operations against a sorted dictionary, shrunk when they fail; and the sequences that once were interesting.</summary>
public class TableFuzzTests
{
    public static TheoryData<string> Values => [.. TableFuzz.ByValue.Keys];

    public static TheoryData<string> Corpus => [.. Directory.GetFiles(CorpusFolder(), "*.txt").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Values))]
    public void Random_operations_are_answered_as_by_a_sorted_dictionary_with_values_of(string value)
    {
        Action<IReadOnlyList<TableOp>> run = TableFuzz.ByValue[value];
        Generators.Operations.Sample(run, iter: TestScale.Of(120), threads: 1, print: Print);
    }

    [Theory]
    [MemberData(nameof(Corpus))]
    public void The_corpus_is_answered_as_by_a_sorted_dictionary(string file)
    {
        TableOp[] operations = [.. File.ReadLines(Path.Combine(CorpusFolder(), file)).Where(line => line.Length > 0 && line[0] != '#').Select(TableOp.Parse)];
        Assert.NotEmpty(operations);
        foreach (Action<IReadOnlyList<TableOp>> run in TableFuzz.ByValue.Values) run(operations);
    }

    [Fact]
    public void A_line_of_the_corpus_is_read_as_it_was_written() =>
        Generators.Operations.Sample(ops => Assert.Equal(ops, ops.Select(op => TableOp.Parse(op.ToString()))), iter: 50, threads: 1, print: Print);

    [Fact]
    public void A_sequence_that_fails_is_found_and_shrunk()
    {
        // The control: a run that cannot bear a removal of a key that is there.
        string message = Assert.ThrowsAny<Exception>(() => Generators.Operations.Sample(
            static ops =>
            {
                var present = new HashSet<ulong>();
                foreach (TableOp op in ops)
                {
                    if (op.Kind is TableOpKind.Set or TableOpKind.Add) present.Add(op.Key);
                    else if (op.Kind == TableOpKind.Remove && present.Remove(op.Key)) throw new InvalidOperationException("found");
                }
            },
            iter: 5000, threads: 1, print: Print)).ToString();
        Assert.Contains("found", message, StringComparison.Ordinal);
        Assert.Contains("Remove", message, StringComparison.Ordinal);
    }

    /// <summary>As the lines of a corpus file: what a failure prints can be committed.</summary>
    private static string Print(TableOp[] operations) => "\n" + string.Join('\n', operations);

    private static string CorpusFolder() => Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus");
}
