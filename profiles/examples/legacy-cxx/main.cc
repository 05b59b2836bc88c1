#include "numeral.h"

#include <cstdlib>
#include <iostream>

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        try {
            if (int number = std::atoi(argv[i]))
                std::cout << roman(number) << "\n";
            else
                std::cout << arabic(argv[i]) << "\n";
        } catch (const BadNumeral& bad) {
            std::cerr << bad.text << " is no numeral\n";
            return 1;
        } catch (const std::string& why) {
            std::cerr << argv[i] << ": " << why << "\n";
            return 1;
        }
    }
    return 0;
}
