using Alloc.Bench.Mirror;

namespace Alloc.Bench.Tests.Mirror;

public sealed class FileTreeSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alloc-bench-");

    [Fact]
    public void Files_are_indexed_by_an_id_that_survives_renaming_and_changes_with_content()
    {
        var a = Path.Combine(_folder.FullName, "a");
        File.WriteAllText(a, "one");
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "deep", "er"));
        File.WriteAllText(Path.Combine(_folder.FullName, "deep", "er", "b"), "two");
        using var source = new FileTreeSource(_folder.FullName);
        var before = new Snapshot();
        source.Read(before);
        Assert.Equal(2, before.Count);
        Assert.Equal(0, source.WithoutId);

        Assert.True(FileIdentity.TryGet(a, out var id));
        File.Move(a, a + ".moved");
        File.AppendAllText(a + ".moved", " and more");
        var after = new Snapshot();
        source.Read(after);

        Assert.Equal(before.Keys.ToArray(), after.Keys.ToArray());
        var place = before.Keys.IndexOf(id);
        Assert.NotEqual(before.Words[place], after.Words[place]);
        Assert.Null(source.KernelTableBytes());
    }

    [Fact]
    public void A_file_that_is_gone_has_no_id()
    {
        Assert.False(FileIdentity.TryGet(Path.Combine(_folder.FullName, "nothing"), out _));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
