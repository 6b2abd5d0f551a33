/* Nothing, linked to what keyfold is linked to: how long loading alone takes. */
#include <keyfold/keyfold.h>

int main(int argc, char **argv) {
    (void)argv;
    return argc > 1000 ? kf_version()[0] : 0;
}
