#ifndef NUMERAL_H
#define NUMERAL_H

#include <string>

struct BadNumeral {
    explicit BadNumeral(const std::string& t) throw() : text(t) {}
    std::string text;
};

int arabic(const std::string& numeral) throw(BadNumeral);
std::string roman(int number) throw(std::string);

#endif
