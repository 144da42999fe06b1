using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>The memory of a node: where it begins, how many bytes, and where the head lies that can defer its free alone.</summary>
/// <remarks>
/// A node of a page has its head in the page's descriptor; one that is a block has it in its first 16 bytes, which hold nothing else. Those of a
/// narrow directory are a line before its slots.
/// </remarks>
internal readonly unsafe struct NodeMemory
{
    /// <summary>The line before a narrow directory's slots.</summary>
    private const int DirectoryHeaderBytes = Geometry.LineBytes;

    public readonly byte* Start;
    public readonly int Bytes;

    public NodeMemory(byte* start, int bytes)
    {
        Start = start;
        Bytes = bytes;
    }

    public bool IsPage => Bytes == Page.Size;

    public static NodeMemory Of(ChildWord node)
    {
        switch (node.Kind)
        {
            case NodeKind.Directory:
                DirectoryTable directory = node.Directory;
                return directory.IsNarrow
                    ? new((byte*)directory.Slots - DirectoryHeaderBytes, NarrowDirectoryBytes(directory.BitsDecided))
                    : new((byte*)directory.Slots, Page.Size);
            case NodeKind.Run:
                return new((byte*)node.Run.Address, node.Run.Bytes);
            case NodeKind.Bucket:
                return new((byte*)node.Bucket.Address, node.Bucket.Bytes);
            default:
                return new((byte*)node.LeafTable.Slots, Page.Size);
        }
    }

    public static int NarrowDirectoryBytes(int bitsDecided) => BlockBytes(DirectoryHeaderBytes + sizeof(ulong) * (1 << bitsDecided));

    public static ulong* NarrowDirectorySlots(byte* block) => (ulong*)(block + DirectoryHeaderBytes);

    /// <summary>What a node of so many bytes takes: a block of the next size, or a page.</summary>
    public static int BlockBytes(int bytes) => bytes <= PageAllocator.MaxBlockSize ? PageAllocator.BlockSize(bytes) : Page.Size;
}
