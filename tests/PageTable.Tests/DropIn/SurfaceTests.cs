using System.Collections.Concurrent;
using System.Reflection;

namespace Alloc.PageTable.Tests;

/// <summary>A program changes over from ConcurrentDictionary by the type's name; what does not go over is written down here, with the reason.</summary>
public class SurfaceTests
{
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["Int32 Count"] = "a long, since a table may have more entries than an int can count",
        ["IEnumerator`1 GetEnumerator()"] = "a struct, so that foreach allocates nothing; it converts to the interface",
        [".ctor(IEqualityComparer`1 comparer)"] = NoComparer,
        [".ctor(IEnumerable`1 collection, IEqualityComparer`1 comparer)"] = NoComparer,
        [".ctor(Int32 concurrencyLevel, IEnumerable`1 collection, IEqualityComparer`1 comparer)"] = NoComparer,
        [".ctor(Int32 concurrencyLevel, Int32 capacity, IEqualityComparer`1 comparer)"] = NoComparer,
        ["AlternateLookup`1 GetAlternateLookup<TAlternateKey>()"] = NoAlternate,
        ["Boolean TryGetAlternateLookup<TAlternateKey>(AlternateLookup`1& lookup)"] = NoAlternate,
    };

    private const string NoComparer = "keys are ordered and compared as numbers; a comparer could not be honoured";
    private const string NoAlternate = "needs a comparer that knows another form of the key";

    [Fact]
    public void Every_public_member_of_ConcurrentDictionary_is_there_or_is_left_out_for_a_reason()
    {
        HashSet<string> own = [.. Members(typeof(RadixTable<long>))];
        string[] missing = [.. Members(typeof(ConcurrentDictionary<ulong, long>)).Where(member => !own.Contains(member))];
        Assert.Equal(Exceptions.Keys.Order(StringComparer.Ordinal), missing.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_comparison_sees_enough_members_to_mean_something()
    {
        string[] members = [.. Members(typeof(ConcurrentDictionary<ulong, long>))];
        Assert.True(members.Length >= 25, string.Join('\n', members));
        Assert.Contains("Int64 AddOrUpdate<TArg>(UInt64 key, Func`3 addValueFactory, Func`4 updateValueFactory, TArg factoryArgument)", members);
    }

    [Fact]
    public void One_program_gives_the_same_answers_on_both_types()
    {
        string answers = OnConcurrentDictionary.DropInProgram.Run();
        Assert.Equal(answers, OnRadixTable.DropInProgram.Run());
        Assert.True(answers.Split('\n').Length > 40);
    }

    // Names of parameters count, since callers may use them. A parameter that may be left out does not.
    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (ConstructorInfo constructor in type.GetConstructors(Public)) yield return $".ctor({Parameters(constructor)})";
        foreach (PropertyInfo property in type.GetProperties(Public))
        {
            string index = string.Join(", ", property.GetIndexParameters().Select(p => $"{p.ParameterType.Name} {p.Name}"));
            yield return $"{property.PropertyType.Name} {property.Name}{(index == "" ? "" : $"[{index}]")}";
            if (property.SetMethod?.IsPublic == true) yield return $"set {property.Name}";
        }
        foreach (MethodInfo method in type.GetMethods(Public).Where(method => !method.IsSpecialName))
        {
            string generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";
            yield return $"{method.ReturnType.Name} {method.Name}{generic}({Parameters(method)})";
        }
    }

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Where(p => !p.IsOptional).Select(p => $"{p.ParameterType.Name} {p.Name}"));
}
