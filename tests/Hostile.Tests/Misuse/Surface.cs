using System.Reflection;
using System.Runtime.CompilerServices;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Hostile.Tests.Misuse;

/// <summary>The public methods of the three packages, as text.</summary>
internal static class Surface
{
    private static readonly Assembly[] Packages = [typeof(PageAllocator).Assembly, typeof(RcuDomain).Assembly, typeof(RadixTable<>).Assembly];

    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Records and event arguments hold figures and do nothing.</summary>
    private static bool IsData(Type type) =>
        type.IsEnum || typeof(Delegate).IsAssignableFrom(type) || typeof(EventArgs).IsAssignableFrom(type)
        || type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;

    public static bool IsOptions(Type type) => type.Name.EndsWith("Options", StringComparison.Ordinal);

    public static IEnumerable<Type> Types => Packages.SelectMany(a => a.GetExportedTypes());

    /// <summary>Every method, constructor and accessor that does something, options and data left out.</summary>
    public static IEnumerable<string> Members =>
        from type in Types
        where !IsData(type) && !IsOptions(type)
        from member in type.GetMembers(Declared).OfType<MethodBase>()
        where member.GetCustomAttribute<CompilerGeneratedAttribute>() is null || member.IsSpecialName
        select $"{NameOf(type)}.{member.Name.Trim('.')}({string.Join(',', member.GetParameters().Select(p => NameOf(p.ParameterType)))})";

    /// <summary>Every setting of every options type.</summary>
    public static IEnumerable<string> Settings => Types.Where(IsOptions).SelectMany(t => t.GetProperties(Declared).Select(p => $"{t.Name}.{p.Name}"));

    private static string NameOf(Type type)
    {
        string name = type.IsFunctionPointer ? "callback" : type.Name.Split('`')[0].TrimEnd('&');
        if (type.IsByRef && type.GetElementType() is { } element) return NameOf(element);
        string arguments = type.IsGenericParameter || !type.IsConstructedGenericType ? "" : $"<{string.Join(',', type.GetGenericArguments().Select(NameOf))}>";
        return (type.IsNested && !type.IsGenericParameter ? NameOf(type.DeclaringType!) + "+" : "") + name + arguments;
    }
}
