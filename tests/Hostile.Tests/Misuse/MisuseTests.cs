namespace Alloc.Hostile.Tests.Misuse;

/// <summary>Every public member, called as it should be and where it should not be: a clear exception or a documented answer, and nothing is lost.</summary>
public class MisuseTests
{
    private static readonly IReadOnlyList<Use> Uses = [.. TableUses.All, .. OrderUses.All, .. DictionaryUses.All, .. RcuUses.All, .. NativeUses.All];

    public static TheoryData<string> Members => [.. Uses.Select(u => u.Member)];

    private static Use Of(string member) => Uses.Single(u => u.Member == member);

    [Fact]
    public void Every_public_member_is_in_the_matrix_and_nothing_else_is()
    {
        string[] surface = [.. Surface.Members];
        Assert.True(surface.Length > 100, $"only {surface.Length} members were found");
        string[] listed = [.. Uses.Select(u => u.Member)];
        Assert.Equal(listed.Length, listed.Distinct().Count());
        string[] missing = [.. surface.Except(listed)], superfluous = [.. listed.Except(surface)];
        Assert.True(missing.Length == 0, "not in the matrix, so add a use of each: " + string.Join("; ", missing));
        Assert.True(superfluous.Length == 0, "no member of this name: " + string.Join("; ", superfluous));
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void It_works_as_it_should_by(string member)
    {
        var site = new Site();
        Of(member).Call(site);
        if (!site.Table.ToString().Contains("disposed", StringComparison.Ordinal)) site.Check();
        site.Dispose();
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void Inside_a_section_it_works_or_says_that_it_cannot(string member)
    {
        var site = new Site();
        Use use = Of(member);
        // Another domain's section is the same to its own domain: members of the second domain are called inside one of it.
        using (site.Other.Domain.Enter())
        using (site.Reader.Enter())
        {
            Expect(use.InSection, use, site);
            Assert.True(site.Domain.IsInSection);
        }
        site.Check();
        site.Dispose();
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void Inside_a_callback_it_works_or_says_that_it_cannot(string member)
    {
        var site = new Site();
        Use use = Of(member);
        Exception? thrown = null;
        int ran = 0;
        void InCallback(object? _)
        {
            ran++;
            thrown = Record.Exception(() => Expect(use.InCallback, use, site));
        }
        // The second domain's members within a callback of both.
        site.Domain.Defer(_ => InOther(), null);
        site.Domain.Barrier();
        Assert.Equal(1, ran);
        if (thrown is not null) throw thrown;
        site.Check();
        site.Dispose();

        void InOther()
        {
            site.Other.Domain.Defer(InCallback, null);
            site.Other.Domain.Barrier();
        }
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void From_a_thread_that_has_nothing_to_do_with_it_it_works_by(string member)
    {
        // A reader belongs to the thread that registered it; validation mode checks that, otherwise it is undefined.
        if (member.StartsWith("RcuReader.", StringComparison.Ordinal)) return;
        var site = new Site();
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() => Of(member).Call(site)));
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(120)));
        if (thrown is not null) throw thrown;
        if (!site.Table.ToString().Contains("disposed", StringComparison.Ordinal)) site.Check();
        site.Dispose();
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void After_disposal_it_says_so_or_answers_as_documented(string member)
    {
        var site = new Site();
        Use use = Of(member);
        site.Reader.Dispose();
        site.Cache.Dispose();
        site.Dispose();
        // From another thread as well, which has nothing kept of them.
        for (int thread = 0; thread < 2; thread++)
        {
            Exception? thrown = null;
            if (thread == 0) thrown = Record.Exception(() => Expect(use.Disposed, use, site));
            else
            {
                var other = new Thread(() => thrown = Record.Exception(() => Expect(use.Disposed, use, site)));
                other.Start();
                Assert.True(other.Join(TimeSpan.FromSeconds(120)));
            }
            if (thrown is not null) throw thrown;
        }
    }

    private static void Expect(Type? expected, Use use, Site site)
    {
        Exception? thrown = Record.Exception(() => use.Call(site));
        if (thrown is AggregateException { InnerExceptions.Count: 1 } many) thrown = many.InnerException;
        if (expected == typeof(Use.Either)) Assert.True(thrown is null or ObjectDisposedException, $"{use.Member}: {thrown}");
        else if (expected is null) Assert.True(thrown is null, $"{use.Member}: {thrown}");
        else Assert.True(thrown?.GetType() == expected && thrown.Message.Length > 10, $"{use.Member} should throw {expected.Name}, and {(thrown is null ? "does not throw" : "throws " + thrown)}");
    }
}
