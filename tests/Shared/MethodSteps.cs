using System.Reflection;
using System.Reflection.Emit;

namespace Alloc.Tests;

/// <summary>What a method calls and stores to, in the order of its code: for rules of order that no run on this machine could show to be broken.</summary>
internal static class MethodSteps
{
    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>"Type.Method" for a call, "= field" for a store to a field.</summary>
    public static List<string> Of(Type type, string method)
    {
        const BindingFlags any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        MethodInfo[] named = [.. type.GetMethods(any).Where(m => m.Name == method)];
        if (named.Length != 1) throw new ArgumentException($"{type.Name} has {named.Length} methods named {method}.");
        byte[] code = named[0].GetMethodBody()!.GetILAsByteArray()!;
        var steps = new List<string>();
        for (int at = 0; at < code.Length;)
        {
            OpCode op = code[at] == 0xFE ? OpCodesByValue[(short)(0xFE00 | code[at + 1])] : OpCodesByValue[code[at]];
            at += op.Size;
            if (op.OperandType == OperandType.InlineMethod)
            {
                MethodBase called = named[0].Module.ResolveMethod(BitConverter.ToInt32(code, at), type.GetGenericArguments(), null)!;
                steps.Add($"{called.DeclaringType?.Name}.{called.Name}");
            }
            else if (op == OpCodes.Stfld || op == OpCodes.Stsfld)
            {
                steps.Add("= " + named[0].Module.ResolveField(BitConverter.ToInt32(code, at), type.GetGenericArguments(), null)!.Name);
            }
            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
        return steps;
    }
}
