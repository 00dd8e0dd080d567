"""Exceptions for misuse. Mathematics that does not work out is a Verdict, never an exception."""


class FpverifyError(Exception):
    """Base of every exception that fpverify raises on purpose."""


class MisuseError(FpverifyError, ValueError):
    """An argument is wrong; the message shows the value and says what to write instead."""


class InexactNumberError(MisuseError, TypeError):
    """A float, or a text that is no number, was given where an exact number is needed."""


class UnknownNameError(MisuseError, LookupError):
    """A name is not registered; the message lists the registered ones."""


class FormatError(MisuseError):
    """A network, region or certificate does not follow its format; the message says where."""


class MissingSidecarError(FormatError):
    """A file with weights, named by a network, cannot be found."""


class NotFiniteError(FpverifyError, ArithmeticError):
    """An enclosure overflowed or became NaN. Rules turn it into the reason NOT_FINITE."""


class NotRationalError(FpverifyError, ArithmeticError):
    """The rational backend met a function whose values are not rational, such as exp."""


class SoundnessError(FpverifyError, RuntimeError):
    """A proved claim was contradicted by a confirmed violation. Never caught: it is a bug in fpverify."""
