using Alloc.Native;

namespace Alloc.PageTable;

/// <summary>Pages that a thread holds before it marks anything (F11). Each names the next in its descriptor, so that none is touched.</summary>
internal unsafe struct SparePages
{
    private Page _top;

    public int Count { get; private set; }

    public void Push(Page page)
    {
        NodePage.SetNext(page, _top);
        _top = page;
        Count++;
    }

    public Page Pop()
    {
        Page page = _top;
        _top = NodePage.Next(page);
        Count--;
        return page;
    }
}
