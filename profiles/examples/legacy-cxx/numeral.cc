#include "numeral.h"

namespace {
struct Sign { int value; const char *text; };
const Sign signs[] = { { 1000, "M" }, { 900, "CM" }, { 500, "D" }, { 400, "CD" }, { 100, "C" },
    { 90, "XC" }, { 50, "L" }, { 40, "XL" }, { 10, "X" }, { 9, "IX" }, { 5, "V" }, { 4, "IV" },
    { 1, "I" }, { 0, 0 } };
}

std::string roman(int number) throw(std::string)
{
    if (number < 1 || number > 3999)
        throw std::string("the Romans had no such number");
    std::string numeral;
    for (register const Sign *s = signs; s->text; s++)
        for (; number >= s->value; number -= s->value)
            numeral += s->text;
    return numeral;
}

int arabic(const std::string& numeral) throw(BadNumeral)
{
    register int number = 0;
    std::string rest = numeral;
    for (const Sign *s = signs; s->text; s++) {
        const std::string text = s->text;
        for (; rest.compare(0, text.size(), text) == 0; rest.erase(0, text.size()))
            number += s->value;
    }
    if (!rest.empty() || number == 0)
        throw BadNumeral(numeral);
    return number;
}
