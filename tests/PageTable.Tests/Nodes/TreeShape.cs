using System.Runtime.CompilerServices;

namespace Alloc.PageTable.Tests;

/// <summary>Which nodes a table at rest has, from the root on, for tests about how nodes come to be.</summary>
internal sealed unsafe class TreeShape
{
    private readonly List<(ChildWord Word, int SlotBits)> _nodes = [];

    public static TreeShape Of<TValue>(RadixTable<TValue> table) where TValue : unmanaged
    {
        var shape = new TreeShape();
        shape.Visit(new ChildWord(Tree(table).Root.Read()), Geometry.KeyBits);
        return shape;
    }

    /// <summary>The words of the terminal nodes, in the order of their ranges.</summary>
    public IEnumerable<ChildWord> Terminals => _nodes.Select(node => node.Word).Where(word => !word.IsDirectory);

    public IEnumerable<ChildWord> Directories => _nodes.Select(node => node.Word).Where(word => word.IsDirectory);

    /// <summary>The node at the root; EMPTY in an empty table.</summary>
    public ChildWord Root => _nodes.Count == 0 ? ChildWord.Empty : _nodes[0].Word;

    /// <summary>The terminal node on the way to a key; EMPTY where there is none.</summary>
    public static ChildWord TerminalOf<TValue>(RadixTable<TValue> table, ulong key) where TValue : unmanaged
    {
        TreePath path = default;
        Walk.To(Tree(table).Root, key, ref path);
        return path.Word.IsDirectory ? ChildWord.Empty : path.Word;
    }

    /// <summary>What stands in for a node in messages and sequences: "bucket 4", "run 64", "leaf", "directory 128".</summary>
    public static string Name(ChildWord word) => word.IsEmpty ? "empty" : word.Kind switch
    {
        NodeKind.Bucket => $"bucket {word.Bucket.Groups}",
        NodeKind.Run => $"run {word.Run.Bytes}",
        NodeKind.LeafTable => "leaf",
        _ => $"directory {1 << word.Directory.BitsDecided}",
    };

    public override string ToString() => string.Join(", ", _nodes.Select(node => Name(node.Word)));

    private void Visit(ChildWord word, int slotBits)
    {
        if (word.IsEmpty) return;
        _nodes.Add((word, slotBits));
        if (!word.IsDirectory) return;
        DirectoryTable directory = word.Directory;
        for (int i = directory.FirstIndex; i < directory.EndIndex; i++) Visit(directory.ReadChild(i), word.Shift);
    }

    private static RadixTree Tree<TValue>(RadixTable<TValue> table) where TValue : unmanaged => Internals<TValue>.Tree(table);

    private static class Internals<TValue> where TValue : unmanaged
    {
        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_tree")]
        public static extern ref RadixTree Tree(RadixTable<TValue> table);
    }
}
