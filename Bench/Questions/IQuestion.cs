namespace Alloc.Bench.Questions;

/// <summary>One question that the suite answers, by one measurement.</summary>
internal interface IQuestion
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    Answer Ask(QuestionSizes sizes, CancellationToken stop);
}
